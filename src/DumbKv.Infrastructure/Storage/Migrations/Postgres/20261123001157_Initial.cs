using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DumbKv.Infrastructure.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "entries",
                columns: table => new
                {
                    database_id = table.Column<int>(type: "integer", nullable: false),
                    lookup = table.Column<byte[]>(type: "bytea", nullable: false),
                    version = table.Column<byte[]>(type: "bytea", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    flags = table.Column<int>(type: "integer", nullable: false),
                    @sealed = table.Column<byte[]>(name: "sealed", type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_entries", x => new { x.database_id, x.lookup });
                });

            // Ciphertext does not compress, so a large value is stored out of line without an attempt.
            migrationBuilder.Sql("ALTER TABLE entries ALTER COLUMN sealed SET STORAGE EXTERNAL");

            migrationBuilder.CreateTable(
                name: "store",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    pepper_fingerprint = table.Column<byte[]>(type: "bytea", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_store", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "entries_expires_at",
                table: "entries",
                column: "expires_at",
                filter: "expires_at IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "entries");

            migrationBuilder.DropTable(
                name: "store");
        }
    }
}
