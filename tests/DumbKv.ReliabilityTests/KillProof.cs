using Microsoft.Data.Sqlite;

namespace DumbKv.ReliabilityTests;

/// <summary>Kills a server under load with SIGKILL, repeatedly, on one SQLite file.</summary>
internal static class KillProof
{
    private const int Writers = 16;

    /// <param name="command">Starts the server.</param>
    /// <param name="cycles">The number of kills.</param>
    /// <param name="stopEarly">Ends the run after the first cycle for which this is true.</param>
    /// <param name="folder">The folder of the file. Null: a new one.</param>
    public static async Task<Verdict> RunAsync(string[] command, int cycles, Func<Verdict, bool>? stopEarly = null, string? folder = null)
    {
        await using var store = await TestStore.CreateAsync();
        var verdict = new Verdict(0, 0, 0);
        var last = new Ledger();

        for (var cycle = 0; cycle <= cycles; cycle++)
        {
            await using var server = ServerProcess.Run(command, folder ?? store.Folder, []);
            await server.WaitUntilListeningAsync();
            await server.WaitUntilReadyAsync();

            // Checks the acknowledged writes of the last cycle, now that the file was opened after the kill.
            var now = await last.VerifyAsync(server.Http);
            verdict = new Verdict(verdict.Acknowledged + now.Acknowledged, verdict.Lost + now.Lost, verdict.Torn + now.Torn);
            if (cycle == cycles || stopEarly?.Invoke(verdict) == true)
            {
                break;
            }

            last = new Ledger();
            using var enough = new CancellationTokenSource();
            var load = last.WriteAsync(server.Http, Writers, enough.Token);
            var moment = 100 + (cycle * 37 % 150);
            await Eventually.HoldsAsync(() => last.Count >= moment);
            await server.KillAsync();
            await enough.CancelAsync();
            await load;

            (await IntegrityAsync(Path.Combine(folder ?? store.Folder, "dumbkv.db"))).Should().Be("ok");
        }

        return verdict;
    }

    /// <summary>Checks a copy, because opening the file itself would recover it. The next server does that.</summary>
    private static async Task<object?> IntegrityAsync(string file)
    {
        await using var copy = await TestStore.CopyAsync(file);
        await using var connection = new SqliteConnection($"Data Source={copy.Location};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return await command.ExecuteScalarAsync();
    }
}
