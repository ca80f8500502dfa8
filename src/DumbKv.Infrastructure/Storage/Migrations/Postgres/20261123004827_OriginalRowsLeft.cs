using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DumbKv.Infrastructure.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class OriginalRowsLeft : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "original_rows_left",
                table: "store",
                type: "bigint",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "original_rows_left",
                table: "store");
        }
    }
}
