CREATE TABLE public."__EFMigrationsHistory" (
    "MigrationId" character varying(150) NOT NULL,
    "ProductVersion" character varying(32) NOT NULL
);
CREATE TABLE public.entries (
    database_id integer NOT NULL,
    lookup bytea NOT NULL,
    version bytea NOT NULL,
    expires_at bigint,
    flags integer NOT NULL,
    sealed bytea NOT NULL
);
ALTER TABLE ONLY public.entries ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE public.store (
    id integer NOT NULL,
    pepper_fingerprint bytea,
    original_rows_left bigint
);
INSERT INTO public."__EFMigrationsHistory" VALUES ('20261123001157_Initial', '10.0.15');
INSERT INTO public."__EFMigrationsHistory" VALUES ('20261123004827_OriginalRowsLeft', '10.0.15');
INSERT INTO public.entries VALUES (0, '\x312c6a2a024aec2c014f51c39b8c4f0b88aa348a13793c91ae253fe357b3b895', '\x7d1c3b1f148461d8d39f1b21', NULL, 0, '\x39e86115beb8801d807643d8a7a4da834c02f68f7fcb9505492619eab2');
INSERT INTO public.entries VALUES (7, '\x89a58e8760bf7babd435a36e28625bca8a52679603437ab78a1a706671d0ae85', '\xf3e229b97b85cda42dba1d70', NULL, 2, '\xab3d6f51f2ddd831b4b2e823455d46615386');
INSERT INTO public.entries VALUES (0, '\xc16a232a7a3685ba5b5bc34014e32ff0db2b598dd3c2bb920ed4c3ca253e62a4', '\x50ad2f45e4b2a2150ab73418', 2111044738292, 1, '\xd65fe9cfa9a528f0a1620b961750698d5af8c0511634be5a7a');
INSERT INTO public.store VALUES (1, NULL, NULL);
ALTER TABLE ONLY public."__EFMigrationsHistory"
    ADD CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY ("MigrationId");
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT "PK_entries" PRIMARY KEY (database_id, lookup);
ALTER TABLE ONLY public.store
    ADD CONSTRAINT "PK_store" PRIMARY KEY (id);
CREATE INDEX entries_expires_at ON public.entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);
