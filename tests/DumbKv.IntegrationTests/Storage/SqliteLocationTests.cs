using DumbKv.Infrastructure.Persistence.Sqlite;

namespace DumbKv.IntegrationTests.Storage;

public sealed class SqliteLocationTests
{
    [TestCase("ext4", "wal")]
    [TestCase("xfs", "wal")]
    [TestCase("overlay", "wal")]
    [TestCase("apfs", "wal")]
    [TestCase("NTFS", "wal")]
    [TestCase("nfs", "truncate")]
    [TestCase("nfs4", "truncate")]
    [TestCase("cifs", "truncate")]
    [TestCase("smb2", "truncate")]
    public void A_network_file_system_gets_no_wal(string driveFormat, string expected) =>
        SqliteLocation.JournalModeOn(driveFormat).Should().Be(expected);
}
