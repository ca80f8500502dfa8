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
INSERT INTO public.entries VALUES (0, '\xf7cc8364c66e683167eed74de8ed34b880e1f6684bb0320fd7a5e613910d33ed', '\xe556a8090f68ef19f5e1a97b', NULL, 0, '\x350df8219c66c1d6051296fe0613bb3be41fb5b107');
INSERT INTO public.entries VALUES (1, '\x12d75fed218c0ed295c967e745673513a5725c0e1b9938de30ce0b12c19002d5', '\xb410b2e3d608f4ab1ddac850', NULL, 0, '\x2756744c89c9e001c842fa0112409b47c0d6fdf761f93b91fe01ea');
INSERT INTO public.entries VALUES (9999999, '\x916e2bfccce013a0cc026fdf1af1ab9b0e9b26b010de3deb5994e64d2846ad14', '\x1722f8f13b0bb84a40f89148', NULL, 0, '\xba18a0975ad1195ed73255495b55be7bfa2a7752ba6564d5aec6f2c853e86f81992a7556760d2410d7c27033');
INSERT INTO public.entries VALUES (0, '\x6e86f9387b32e5c5a2753e8d8a840af6fee1c1ea56d272993686a3a82db1f546', '\x61e6a10fcc75ab3c1c374f5f', NULL, 0, '\x1d7893fe842871b33c7e66d6d6d5b821');
INSERT INTO public.entries VALUES (0, '\x796d1dea8e48f5cee5d3a5ebdd3fd7672f49a4dc73dd18613d6ab61a7d9a15ad', '\xd0002fcbdd31899f906fe107', NULL, 0, '\x20df9342b81b78478f0b2d928c2fe3e2cc4782de9b35ad276a31adf82ca124679d782d4e9def47a52be12faee4e64fd7e9cf33a67c8e2b92996b95b3df264f');
INSERT INTO public.entries VALUES (0, '\xda67c179ea5f7a66506c364a4c88c94fe4bc7478d23988575f2953a0544b25fb', '\xc312970842b5d810ed305580', NULL, 0, '\x6c075dc93915ca92ade3b8ebcdb8f331e331c44f4dd13d427447343fd11288d58024a2422122b9030bf76987f0dd1bcf88');
INSERT INTO public.entries VALUES (0, '\x11448885dea8cf46a0c78a66c13030814be369f4830b35df6d9260acab7f5550', '\x6229ddc829b78e30a47a6565', NULL, 0, '\x58c3dfc6934e3aa246ec27857c4206b7d2647226fb9bda1d2fee812ad0e36f49898b9a3f736fa6e97c6da339ecb056c80546d23148cc0b');
INSERT INTO public.entries VALUES (0, '\xfc54da6b2e9d048b6a0d49aac9cf00902cec70e85a2dd357dacb9d396b50f087', '\x99d05e29cfbe84b76af6228d', NULL, 0, '\xfff58772250f520013e67730ecc238af7adce8e37a0ffff47ad0');
INSERT INTO public.entries VALUES (0, '\x4ec37e569a3cfee9602a7c6ea2a126d2e2961a6d41e34ea0835219972b2b54e1', '\xf7281d953e1acadc64801439', NULL, 0, '\xd08dde870f3201a3a1467862bf5bd1be19dc6d81347305856ce46610e0');
INSERT INTO public.entries VALUES (7, '\xd0eba3324b0ea56d3562d29404f7cc6f1027de0f9369d72cc469825077d4f9ab', '\xa8e0633519acf92e751ebfe6', NULL, 2, '\x7269086ef6b22d064675990332403d7a23d9');
INSERT INTO public.entries VALUES (0, '\xdfdb7268225145eb47b81e2a9ebcf306a047f312cb1220a6b33ac54a1fda1a08', '\x474a127c8643ee0fc35d88ec', 2111095765666, 1, '\x8eb55e8cd55560cac0d56a24d3dde99aeecd97ed307ad8d4b9');
INSERT INTO public.store VALUES (1, '\xe30aa5209069acc1a532703d80ad45f5', NULL, 1);
ALTER TABLE ONLY public."__EFMigrationsHistory"
    ADD CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY ("MigrationId");
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT "PK_entries" PRIMARY KEY (database_id, lookup);
ALTER TABLE ONLY public.store
    ADD CONSTRAINT "PK_store" PRIMARY KEY (id);
CREATE INDEX entries_expires_at ON public.entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);
