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
INSERT INTO public.entries VALUES (0, '\x4ec37e569a3cfee9602a7c6ea2a126d2e2961a6d41e34ea0835219972b2b54e1', '\x3c1b7cfaebb7af6c56f7f70c', NULL, 0, '\x9e843069839b18ca281899fa88860d4f40f1267f6c2cd7bc49443e318b');
INSERT INTO public.entries VALUES (7, '\xd0eba3324b0ea56d3562d29404f7cc6f1027de0f9369d72cc469825077d4f9ab', '\x224c145488104bdb133befa5', NULL, 2, '\xa79cf945c64dacb49c7acd6ce7009fccbd64');
INSERT INTO public.entries VALUES (0, '\xdfdb7268225145eb47b81e2a9ebcf306a047f312cb1220a6b33ac54a1fda1a08', '\xbb82b88d2696f052c6ce46ee', 2111044738847, 1, '\x7038bb09a92ec579db91c0d3747e81601ced3d8071d96e2633');
INSERT INTO public.store VALUES (1, '\xe30aa5209069acc1a532703d80ad45f5', NULL);
ALTER TABLE ONLY public."__EFMigrationsHistory"
    ADD CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY ("MigrationId");
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT "PK_entries" PRIMARY KEY (database_id, lookup);
ALTER TABLE ONLY public.store
    ADD CONSTRAINT "PK_store" PRIMARY KEY (id);
CREATE INDEX entries_expires_at ON public.entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);
