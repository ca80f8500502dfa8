using DumbKv.Infrastructure;
using DumbKv.Web.Configuration;

namespace DumbKv.Web.Commands;

/// <summary>Runs a command: reads the settings, and turns errors into one line on standard error.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(Func<IConfiguration, Task<int>> work)
    {
        var settings = new ConfigurationManager();
        try
        {
            settings.AddEnvironmentVariables();
            foreach (var warning in settings.AddSettings(overrides: null))
            {
                await Console.Error.WriteLineAsync(warning);
            }

            return await work(settings);
        }
        catch (StartRefusedException refusal)
        {
            return Fail(refusal.Message, ExitCodes.For(refusal));
        }
        catch (OperationCanceledException)
        {
            return Fail("The command was interrupted before it was done. Repeat it.");
        }
        catch (Exception exception) when (StoreFailures.Explain(exception, settings.Text("DATABASE_LOCATION") ?? DatabaseOptions.DefaultSqliteFile) is { } text)
        {
            return Fail(text);
        }
        catch (Exception exception)
        {
            // The innermost exception has the message of the database or the disk.
            return Fail($"The command failed. The database says: {exception.GetBaseException().Message}");
        }
    }

    /// <summary>Writes one line for the operator, and returns the exit code.</summary>
    public static int Fail(string message, int exitCode = ExitCodes.Failed)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }

    /// <summary>Reports the reason for a wait, once for each reason.</summary>
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
