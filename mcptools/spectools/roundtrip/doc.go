// Package roundtrip sends captured requests again through the tools of a document and compares what
// arrives with what was captured.
//
// For each flow, the tool and its arguments are derived from the document and the captured request
// alone. The tool is called through MCP, by an ordinary client whose user agrees when asked. A stub
// on loopback takes the place of the API and returns the captured response. Compared are the
// method, the path segment by segment, query and form fields as pairs in order, JSON as data with
// exact numbers, multipart forms part by part, other bodies byte by byte, and credentials by their
// location. Headers and cookies that are neither parameters nor credentials are not compared,
// because the document does not describe them.
//
// Equal requests are sent once. Of the responses of an operation with one status the stub returns
// the first whole, and of the others the status: what tools make of answers is not compared.
//
// The credentials of a flow are configured for its call, one for each security scheme, as a person
// would configure them.
//
// Read verify.go first, then compare.go.
package roundtrip
