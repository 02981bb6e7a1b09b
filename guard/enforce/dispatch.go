package enforce

// A server that dispatches has one tool that calls many operations. These members of _meta let a
// gateway in front of it judge the operations by name, like tools.
const (
	// MetaDispatch, in a tool, says that it calls operations. Its value is an object that names the
	// arguments with the operation and with the arguments of that.
	MetaDispatch = "io.github.spectap/dispatch"
	// MetaOperations, true in the parameters of tools/list, asks for the operations as well. In a
	// tool of the result, it says that this is one.
	MetaOperations = "io.github.spectap/operations"
	// MetaShown, true in a tool, says that its results tell of other tools or operations. In the
	// parameters of a call of it, it lists the names of those that they may tell of.
	MetaShown = "io.github.spectap/shown"
)
