using System.Diagnostics;
using System.Text;

namespace DumbKv.CommandLine.Tests;

public sealed class RunTests
{
    [Test]
    public async Task The_program_gets_the_variables_of_the_file_and_the_inherited_ones()
    {
        var key = await StoreAsync("""
            # A comment
            PLAIN=value
            export EXPORTED = spaces are trimmed
            EMPTY=
            COMMENTED=value # comment
            HASH=a#b
            COLOR=#abc
            NOTHING= # comment
            DOLLAR=$HOME ${HOME} `id`
            SINGLE='literal $HOME \n "x" # no comment' # comment
            DOUBLE="line\n\ttab \"quoted\" \\ \$HOME # no comment"
            MULTI="-----BEGIN-----
            second line
            -----END-----"
            TWICE=first
            TWICE=second
            UNICODE=grüße😀
              INDENTED=yes
            INHERITED=replaced
            """.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("-----\r\n", "-----\n", StringComparison.Ordinal).Replace("line\r\n-", "line\n-", StringComparison.Ordinal));

        var run = await Dkv.RunAsync(["run", "--", "env", "-0"], null, ("DKV_KEY", key), ("INHERITED", "old"), ("OTHER", "kept"));

        var variables = run.Succeeded().Text.TrimEnd('\0').Split('\0').Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        variables.Should().Contain(new Dictionary<string, string>
        {
            ["PLAIN"] = "value",
            ["EXPORTED"] = "spaces are trimmed",
            ["EMPTY"] = "",
            ["COMMENTED"] = "value",
            ["HASH"] = "a#b",
            ["COLOR"] = "#abc",
            ["NOTHING"] = "",
            ["DOLLAR"] = "$HOME ${HOME} `id`",
            ["SINGLE"] = """literal $HOME \n "x" # no comment""",
            ["DOUBLE"] = "line\n\ttab \"quoted\" \\ $HOME # no comment",
            ["MULTI"] = "-----BEGIN-----\nsecond line\n-----END-----",
            ["TWICE"] = "second",
            ["UNICODE"] = "grüße😀",
            ["INDENTED"] = "yes",
            ["INHERITED"] = "replaced",
            ["OTHER"] = "kept",
        });
        run.Error.Should().BeEmpty();
    }

    [TestCase("secret-word", "Line 1: it must be NAME=VALUE")]
    [TestCase("A=1\n\n# comment\n2B=secret-word", "Line 4: it must be NAME=VALUE")]
    [TestCase("A.B=secret-word", "Line 1: it must be NAME=VALUE")]
    [TestCase("=secret-word", "Line 1: it must be NAME=VALUE")]
    [TestCase("A=1\nB='secret-word\nC=2\n", "Line 2: a quote is not closed")]
    [TestCase("A=\"secret-word", "Line 1: a quote is not closed")]
    [TestCase("A=\"\n\n\" secret-word", "Line 3: after the closing quote")]
    [TestCase("A=\"\\secret-word\"", "Line 1: a backslash")]
    [TestCase("A=secret-word\0", "Line 1: a value cannot contain the character NUL")]
    [TestCase("A=secret-word\u0080", "it is not UTF-8")]
    public async Task A_wrong_file_is_an_error_with_the_number_of_the_line_and_without_its_text(string file, string reason)
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set"], Encoding.Latin1.GetBytes(file), ("DKV_KEY", key))).Succeeded();

        var run = await Dkv.RunAsync(["run", "--", "touch", folder.File("started")], null, ("DKV_KEY", key));

        run.Failed(1).Error.Should().Contain(reason).And.NotContain("secret-word");
        Directory.GetFiles(folder.Path).Should().BeEmpty();
    }

    [Test]
    public async Task The_program_gets_no_key_passphrase_or_token()
    {
        using var folder = new TestFolder();
        var key = await Dkv.NewKeyAsync();
        var passphrase = folder.Secret("passphrase", "correct horse");
        (await Dkv.RunAsync(["set", "--passphrase-file", passphrase], "VARIABLE=value"u8.ToArray(), ("DKV_KEY", key))).Succeeded();

        var run = await Dkv.RunAsync(["run", "--", "cat", "/proc/self/environ", "/proc/self/cmdline"], null,
            ("DKV_KEY", key), ("DKV_PASSPHRASE", "correct horse"), ("DKV_TOKEN", "token-word"));

        run.Succeeded().Text.Should().Contain("VARIABLE=value\0").And.Contain("DKV_URL=")
            .And.NotContain(key).And.NotContain("correct horse").And.NotContain("token-word").And.NotContain("DKV_KEY");
    }

    [Test]
    public async Task No_secret_is_on_the_command_line_or_in_the_environment_of_any_program_that_a_command_starts()
    {
        using var folder = new TestFolder();
        var key = folder.Secret("key", await Dkv.NewKeyAsync());
        folder.Secret("env", "VARIABLE=value");

        var run = await Dkv.ShellAsync("""
            set -e
            trace() { strace -f -qq -v -s 100000 -e trace=execve -o "trace.$1" "${@:2}"; }
            trace set dkv set --key-file key --passphrase-file /dev/fd/3 --file env 3< <(printf 'correct horse')
            trace get dkv get --key-file key --passphrase-file /dev/fd/3 --out out 3< <(printf 'correct horse')
            trace run dkv run --key-file key --passphrase-file /dev/fd/3 -- true 3< <(printf 'correct horse')
            grep -c 'execve(' trace.*
            """, folder.Path);

        var traces = string.Concat(Directory.GetFiles(folder.Path, "trace.*").Select(File.ReadAllText));
        traces.Should().NotContain(await File.ReadAllTextAsync(key)).And.NotContain("correct horse");
        if (Dkv.IsNative)
        {
            run.Succeeded().Text.Should().Be("trace.get:1\ntrace.run:2\ntrace.set:1\n", "only dkv itself and the program of run are started");
        }
    }

    [Test]
    public async Task The_arguments_of_the_program_are_untouched()
    {
        var key = await StoreAsync("A=1");

        var run = await Dkv.ShellAsync("""dkv run -- bash -c 'printf "<%s>" "$@"' name '' 'a b' -- --json '@file' $'\xff\xfe' 'ü' '*' "a'b\"c" | od -An -c -w1000""", null, ("DKV_KEY", key));
        var direct = await Dkv.ShellAsync("""bash -c 'printf "<%s>" "$@"' name '' 'a b' -- --json '@file' $'\xff\xfe' 'ü' '*' "a'b\"c" | od -An -c -w1000""");

        run.Succeeded().Text.Should().Be(direct.Text).And.Contain("377 376");
    }

    [Test]
    public async Task The_environment_keeps_bytes_that_are_not_UTF8()
    {
        var run = await Dkv.ShellAsync("export ODD=$'\\xff\\xfe'; dkv run -- bash -c 'printf %s \"$ODD\"' | od -An -tx1", null, ("DKV_KEY", await StoreAsync("A=1")));

        run.Succeeded().Text.Should().Be(" ff fe\n");
    }

    [Test]
    public async Task Standard_input_and_output_belong_to_the_program()
    {
        var run = await Dkv.RunAsync(["run", "--", "tr", "a-z", "A-Z"], "input\n"u8.ToArray(), ("DKV_KEY", await StoreAsync("A=1")));

        run.Succeeded().Text.Should().Be("INPUT\n");
    }

    [TestCase("exit 0", 0)]
    [TestCase("exit 37", 37)]
    [TestCase("kill -KILL $$", 137)]
    [TestCase("kill -TERM $$", 143)]
    public async Task The_exit_code_is_that_of_the_program(string script, int exitCode)
    {
        var run = await Dkv.ShellAsync($"dkv run -- bash -c '{script}'; exit $?", null, ("DKV_KEY", await StoreAsync("A=1")));

        run.ExitCode.Should().Be(exitCode);
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    [TestCase("HUP")]
    public async Task A_signal_reaches_the_program_and_no_process_stays_behind(string signal)
    {
        var key = await StoreAsync("A=1");
        using var process = Dkv.Start(["setsid", "dkv", "run", "--", "bash", "-c", $"trap 'echo caught; exit 7' {signal}; echo $$; while :; do read -t 0.05 <> <(:); done"], null, ("DKV_KEY", key));
        var id = await process.StandardOutput.ReadLineAsync();

        id.Should().Be($"{process.Id}", "the program has replaced dkv");
        using var kill = Process.Start("kill", [$"-{signal}", id!]);
        (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))).Should().Be("caught");
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        process.ExitCode.Should().Be(7);
    }

    [TestCase("")]
    [TestCase("nohup ")]
    public async Task The_program_starts_with_the_signals_and_files_of_the_caller(string wrapper)
    {
        const string Program = "bash -c \"grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | tr '\\n' ' '\"";
        var key = await StoreAsync("A=1");

        // .NET ignores `SIGPIPE`, in these tests too. A program of dkv has the default.
        var through = await Dkv.ShellAsync($"{wrapper}dkv run --key-file /dev/fd/3 -- {Program} 3< <(printf %s \"$THE_KEY\") 2>&1", null, ("THE_KEY", key));
        var direct = await Dkv.ShellAsync($"{wrapper}env --default-signal=PIPE {Program} 3< <(:) 3<&- 2>&1");

        through.Succeeded().Text.Should().Be(direct.Succeeded().Text);
    }

    [Test]
    public async Task A_program_that_does_not_exist_is_127_and_one_that_is_not_executable_126_and_nothing_is_read()
    {
        using var folder = new TestFolder();
        var key = await StoreAsync("A=1", "--once");

        (await Dkv.RunAsync(["run", "--", "no-such-program"], null, ("DKV_KEY", key))).Failed(127);
        (await Dkv.RunAsync(["run", "--", "./no-such-program"], null, ("DKV_KEY", key))).Failed(127);
        (await Dkv.RunAsync(["run", "--", folder.Secret("script", "#!/bin/sh\n")], null, ("DKV_KEY", key))).Failed(126);

        (await Dkv.RunAsync(["run", "--", "true"], null, ("DKV_KEY", key))).Succeeded();
    }

    [Test]
    public async Task Run_writes_nothing_to_a_disk()
    {
        using var folder = new TestFolder();
        _ = Dkv.Binary; // The runtime of .NET writes its own files.

        (await Dkv.ShellAsync("strace -f -qq -e trace=openat,open,creat -o trace dkv run -- true", folder.Path, ("DKV_KEY", await StoreAsync("A=1")))).Succeeded();

        var opened = await File.ReadAllTextAsync(folder.File("trace"));
        opened.Should().Contain("O_RDONLY").And.NotContain("O_CREAT").And.NotContain("O_WRONLY");
    }

    private static async Task<string> StoreAsync(string file, params string[] options)
    {
        var key = await Dkv.NewKeyAsync();
        (await Dkv.RunAsync(["set", .. options], Encoding.UTF8.GetBytes(file), ("DKV_KEY", key))).Succeeded();
        return key;
    }
}
