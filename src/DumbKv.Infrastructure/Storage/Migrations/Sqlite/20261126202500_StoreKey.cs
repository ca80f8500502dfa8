using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DumbKv.Infrastructure.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class StoreKey : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "first_pepper_is_store_key",
                table: "store",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<byte[]>(
                name: "store_key",
                table: "store",
                type: "BLOB",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "store_key_pepper",
                table: "store",
                type: "BLOB",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "first_pepper_is_store_key",
                table: "store");

            migrationBuilder.DropColumn(
                name: "store_key",
                table: "store");

            migrationBuilder.DropColumn(
                name: "store_key_pepper",
                table: "store");
        }
    }
}
