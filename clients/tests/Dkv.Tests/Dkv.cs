using System.Diagnostics;
using System.Text;

namespace DumbKv.CommandLine.Tests;

/// <summary>Runs the program as a user does: the native binary that DKV_TEST_BINARY names, or the build for .NET beside the tests.</summary>
internal static class Dkv
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string? NativeBinary = Environment.GetEnvironmentVariable("DKV_TEST_BINARY");

    private static readonly Lazy<string> Folder = new(MakeFolder);

    /// <summary>The native binary. A test that measures it is ignored without one.</summary>
    public static string Binary
    {
        get
        {
            Assume.That(NativeBinary, Is.Not.Null, "DKV_TEST_BINARY names no native binary");
            return NativeBinary!;
        }
    }

    public static bool IsNative => NativeBinary is not null;

    /// <summary>A key that only this test has.</summary>
    public static async Task<string> NewKeyAsync() => (await RunAsync(["key"])).Text.TrimEnd('\n');

    public static async Task<string> NewPlainKeyAsync() => $"plain {(await NewKeyAsync())[3..]}";

    public static Task<DkvResult> RunAsync(string[] arguments, byte[]? input = null, params (string Name, string? Value)[] environment) =>
        RunAsync(["setsid", "dkv", .. arguments], folder: null, input, environment);

    /// <summary>Runs a shell script in which dkv is a command.</summary>
    public static Task<DkvResult> ShellAsync(string script, string? folder = null, params (string Name, string? Value)[] environment) =>
        RunAsync(["setsid", "bash", "-c", script], folder, input: null, environment);

    /// <summary>Runs the program in a terminal. <see cref="TerminalStep"/> is what the user sees and types.</summary>
    public static async Task<TerminalResult> InTerminalAsync(string[] command, TerminalStep[] steps, params (string Name, string? Value)[] environment)
    {
        var script = System.Text.Json.JsonSerializer.Serialize(steps.Select(step => new[] { step.Expect, step.Send }));
        var run = await RunAsync(["setsid", "python3", Path.Combine(AppContext.BaseDirectory, "terminal.py"), script, .. command], folder: null, input: null, environment);
        run.ExitCode.Should().Be(0, run.Error);
        return System.Text.Json.JsonSerializer.Deserialize<TerminalResult>(run.Output)!;
    }

    /// <summary>Starts the program and does not wait for it.</summary>
    public static Process Start(string[] command, string? folder, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Folder.Value,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DKV_", StringComparison.Ordinal) || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["PATH"] = $"{Folder.Value}:{start.Environment["PATH"]}";
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Folder.Value, "no-configuration");
        start.Environment["DKV_URL"] = SharedServer.Address.ToString();
        foreach (var (name, value) in environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start)!;
    }

    public static async Task<DkvResult> RunAsync(string[] command, string? folder, byte[]? input, params (string Name, string? Value)[] environment)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var process = Start(command, folder, environment);
        using var output = new MemoryStream();
        var reading = Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token), WriteInputAsync(process, input));
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await reading;
            await process.WaitForExitAsync(patience.Token);
            return new DkvResult(process.ExitCode, output.ToArray(), await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task WriteInputAsync(Process process, byte[]? input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input ?? []);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading it.
        }
    }

    /// <summary>A folder for PATH, in which the program is named dkv.</summary>
    private static string MakeFolder()
    {
        var folder = Directory.CreateTempSubdirectory("dkv-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var program = Path.Combine(folder, "dkv");
        if (NativeBinary is not null)
        {
            File.CreateSymbolicLink(program, Path.GetFullPath(NativeBinary));
            return folder;
        }

        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "dkv.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    }
}

internal sealed record DkvResult(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The command succeeded.</summary>
    public DkvResult Succeeded()
    {
        ExitCode.Should().Be(0, Error);
        return this;
    }

    /// <summary>The command failed with this exit code, one line on standard error, and nothing on standard output.</summary>
    public DkvResult Failed(int exitCode)
    {
        ExitCode.Should().Be(exitCode, Error);
        Error.Should().StartWith("dkv: ").And.EndWith("\n").And.NotContain("   at ");
        Error.TrimEnd('\n').Should().NotContain("\n", "an error is one line");
        Output.Should().BeEmpty();
        return this;
    }
}

/// <param name="Expect">What the terminal shows before the user types.</param>
/// <param name="Send">What the user types. "\u0003" is Ctrl-C, "\r" is Enter.</param>
internal sealed record TerminalStep(string Expect, string Send);

/// <param name="ExitCode">128 + the signal that ended it.</param>
/// <param name="Screen">Everything that the terminal showed.</param>
/// <param name="Echo">Whether the terminal shows what is typed, after the program has ended.</param>
internal sealed record TerminalResult(int ExitCode, string Screen, bool Echo);
