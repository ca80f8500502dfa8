using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DumbKv.Infrastructure.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class MinimumSchema : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "minimum_schema",
                table: "store",
                type: "INTEGER",
                nullable: false,
                defaultValue: 1);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "minimum_schema",
                table: "store");
        }
    }
}
