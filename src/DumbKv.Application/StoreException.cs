namespace DumbKv.Application;

/// <summary>The store cannot serve just now. Its message is written for the caller and carries nothing of the request.</summary>
public class StoreException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The store is starting, away or overloaded: worth another try.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : StoreException(message, innerException);

/// <summary>The store or its disk is full: writes fail until there is room.</summary>
public sealed class StoreFullException(string message, Exception? innerException = null) : StoreException(message, innerException);
