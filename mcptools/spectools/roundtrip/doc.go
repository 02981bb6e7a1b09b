// Package roundtrip makes captured requests again with the tools of a document and compares them
// with what was captured. It sends nothing.
//
// For each flow, the tool and its arguments are derived from the document and the captured request
// alone. The request that the tool would send is written as HTTP/1.1 and read again. Compared are
// the method, the path segment by segment, query and form fields as pairs in order, JSON as data
// with exact numbers, multipart forms part by part, other bodies byte by byte, and credentials by
// their location. Headers and cookies that are neither parameters nor credentials are not compared,
// because the document does not describe them.
//
// The credentials of a flow are configured for its call, one for each security scheme, as a person
// would configure them.
//
// Read verify.go first, then compare.go.
package roundtrip
