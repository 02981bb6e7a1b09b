// Package roundtrip sends captured requests again through the guarded tools of a document and
// compares what arrives with what was captured.
//
// For each flow, tool and arguments are derived from the document and the raw request alone; the
// tool is called through MCP, by a client that has nothing but what any client has, and whose user
// agrees when asked; a stub on loopback takes the place of the API and gives the captured answer.
// Compared are method, path segment by segment, query and form fields as pairs in order, JSON as
// data with exact numbers, multipart forms part by part, other bodies byte by byte, and credentials
// by their place. Headers and cookies that are no parameters, nor credentials, are not compared:
// the document does not speak of them.
//
// Credentials of a flow are configured for its call as a person would, one for each security
// scheme.
package roundtrip
