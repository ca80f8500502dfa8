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
    original_rows_left bigint,
    minimum_schema integer DEFAULT 1 NOT NULL
);
INSERT INTO public."__EFMigrationsHistory" VALUES ('20261123001157_Initial', '10.0.15');
INSERT INTO public."__EFMigrationsHistory" VALUES ('20261123004827_OriginalRowsLeft', '10.0.15');
INSERT INTO public."__EFMigrationsHistory" VALUES ('20261126092113_MinimumSchema', '10.0.15');
INSERT INTO public.entries VALUES (0, '\xfe5f35c7effe6eecb83de7dfa9037f55f3184f54f8b1c4ff312cc851ac464d74', '\xeee70e2ba33e738887dbf7ee', NULL, 0, '\xfb5080dfbd12ec6881da6219e86cfad46b94500087');
INSERT INTO public.entries VALUES (1, '\xf1b329b07bf6b18c90fe257dd1c9052678de206c705e130d6c4c915f6413a857', '\x31a29ff5c35d2b1da325eb42', NULL, 0, '\x3c53bd8ccdbcf549cbe264c3914a27225c2f5ce2d6fa644ae886f5');
INSERT INTO public.entries VALUES (9999999, '\x5f36fa2175b85f983fc09e482290414da76c518d9d4318e27c34df8c4125d505', '\x6fb05bf98784d9b6ce3446c8', NULL, 0, '\xa3075488ef76987f3d7bb52ba39221bef5583d42df5d494314a9484f09e867d38076ad2be45576a74d43563b');
INSERT INTO public.entries VALUES (0, '\xa8f35c71a76dfd6c8ea472016e221383b6c6b1ea4c2ccf53ae10d39094c8e5c9', '\x0e8b55aad581209b96cfef15', NULL, 0, '\x3f21cb5602a8a54447d3b8ad3672e43f');
INSERT INTO public.entries VALUES (0, '\x8db4911c58505ae812a8d1af1cf22f196b743b7d2a692156d7cb6b4d7b921d01', '\xd94bad26c5a0cdf0396ed187', NULL, 0, '\xa9d739074fba9f552d5388ad0f39ff73e0452a156590785fb4640541d7ee291d19af6aa24822d626b6b5b7e5eef12137fdfa48d4024d555c0fb267fc934e73');
INSERT INTO public.entries VALUES (0, '\x6a9b81f9f295faa743e52f7aa163aeb9c7eb1008996394296f82ad982ccc7761', '\x2c4f39393865b4dd53eb2552', NULL, 0, '\xbeda1bc8bbaf52e3b8128370f62a1dc5101137d12978bc5586a94df43093aaca66badd1846117dadc3a2312deb3cbd81d3');
INSERT INTO public.entries VALUES (0, '\x9611902ab61f8afb64edc1bf94814dad927caeb9b21685a0ef0648666b70ff1d', '\x090cd553953798afd742bb0d', NULL, 0, '\xc4676de10e36176a0bcc86f634612ef2a40ca756a74859f6c30c5d7dcb99cfc99613fd381bb1d706a8071673ce0aea71fbeebdc4c24835');
INSERT INTO public.entries VALUES (0, '\x572f24c3e79dbca16c7fb2afd93131655ab57a0e5ab1a1af017468aeb915a112', '\x0b9482e310d7e516f91011a7', NULL, 0, '\xe1b95701073a2e7b1ba1210e35850d7f5fbe49999fac87df1fb1');
INSERT INTO public.entries VALUES (0, '\x312c6a2a024aec2c014f51c39b8c4f0b88aa348a13793c91ae253fe357b3b895', '\xa56fbe28ea6a3f31626fff46', NULL, 0, '\x15ab0718f536e6a5bfe94b597821605b75b102c03a34a0fdb83fd61b94');
INSERT INTO public.entries VALUES (7, '\x89a58e8760bf7babd435a36e28625bca8a52679603437ab78a1a706671d0ae85', '\xb7ec1e48e8166af020d66fb7', NULL, 2, '\x765c600915d5490c63222f087a24e209ca4f');
INSERT INTO public.entries VALUES (0, '\xc16a232a7a3685ba5b5bc34014e32ff0db2b598dd3c2bb920ed4c3ca253e62a4', '\x13371ad34902c5a2fafb9f40', 2111095744666, 1, '\xbf5d1bb8b2adb7dfcc0bd771e230ba55af42aa6a2e1a8b0a66');
INSERT INTO public.store VALUES (1, NULL, NULL, 1);
ALTER TABLE ONLY public."__EFMigrationsHistory"
    ADD CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY ("MigrationId");
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT "PK_entries" PRIMARY KEY (database_id, lookup);
ALTER TABLE ONLY public.store
    ADD CONSTRAINT "PK_store" PRIMARY KEY (id);
CREATE INDEX entries_expires_at ON public.entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);
