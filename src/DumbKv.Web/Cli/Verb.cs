using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Cli;

/// <summary>What all verbs have in common: the settings, and errors that are one line on standard error.</summary>
internal static class Verb
{
    public static async Task<int> RunAsync(Func<IConfiguration, Task<int>> work)
    {
        var settings = new ConfigurationManager();
        try
        {
            settings.AddEnvironmentVariables();
            settings.AddSettings(overrides: null);
            return await work(settings);
        }
        catch (StartRefusedException refusal)
        {
            return Fail(refusal.Message, refusal.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return Fail("Stopped before it was done.");
        }
        catch (Exception exception) when (StoreFailures.Explain(exception, settings.Text("DATABASE_LOCATION") ?? DatabaseOptions.DefaultSqliteFile) is { } text)
        {
            return Fail(text);
        }
        catch (Exception exception)
        {
            // The innermost exception is the database's or the disk's own sentence.
            return Fail($"It failed, and the database says: {exception.GetBaseException().Message}");
        }
    }

    /// <summary>One line for the operator; the exit code.</summary>
    public static int Fail(string message, int exitCode = 1)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }

    /// <summary>What it waits for, said once.</summary>
    public static Action<string> Waiting()
    {
        string? said = null;
        return what =>
        {
            if (what != said)
            {
                Console.Error.WriteLine($"Waiting: {what}.");
                said = what;
            }
        };
    }
}
