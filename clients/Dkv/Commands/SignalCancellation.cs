using System.Runtime.InteropServices;

namespace DumbKv.CommandLine.Commands;

/// <summary>Cancels a command at the first signal, so that it removes its temporary file. The second one ends it at once.</summary>
internal sealed class SignalCancellation : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile int _signal;

    public SignalCancellation() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Cancel(context, 1)),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Cancel(context, 2)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Cancel(context, 15)),
    ];

    public CancellationToken Token => _cancellation.Token;

    /// <summary>128 + the number of the signal, as a shell reports it.</summary>
    public int ExitCode => ExitCodes.Signal + _signal;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _cancellation.Dispose();
    }

    private void Cancel(PosixSignalContext context, int number)
    {
        if (_signal == 0)
        {
            _signal = number;
            context.Cancel = true;
            _cancellation.Cancel();
        }
    }
}
