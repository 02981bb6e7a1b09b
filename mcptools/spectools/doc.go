// Package spectools turns an OpenAPI document into MCP tools, one for each operation, that call the
// API which the document describes.
//
// [FromDocument] makes a [Set]; [Set.Register] adds its tools to a server, and [NewServer] makes a
// server of them. A call goes through four steps: its arguments are checked against the tool's
// schema, a request is built from them, package guard decides, and package egress sends. Nothing is
// sent before the decision.
//
// # Arguments
//
// A tool takes one flat object:
//
//   - Each path, query, header and cookie parameter is an argument of its own name. Characters
//     other than letters, digits, "_", "-" and "." become "_", and names end after 64 characters.
//     Parameters whose names would be equal get their location appended: id__path, id__query. If
//     that is taken too, a hash follows.
//   - The body is the argument requestBody, with the document's schema: an object for JSON and
//     forms, text for text, base64 for other types. A file in a multipart form is base64, or {data,
//     filename, contentType}. Parts without names (multipart/mixed, multipart/related) are a list
//     of {contentType, headers, body}.
//   - requestContentType selects the media type of a body that has several.
//   - __confirmed belongs to tools whose calls are held; others ignore it.
//   - Members of a body that is an object may be arguments themselves, if requestBody is absent and
//     none of them has the name of an argument: models often leave that level out. The schema does
//     not say so, because both forms in it would make models mix them.
//
// Parameters that could replace a credential (the header Authorization, Cookie, the name of an
// apiKey scheme that the operation requires) or that HTTP sets itself are left out, with a note in
// [Set.Notes]. A required header Authorization of an operation without a security scheme has the
// credentials of the server. Query parameters and form fields are sent in the order of the
// arguments.
//
// # Extensions
//
// x-mcp-read-only: false, x-mcp-destructive: true and x-mcp-idempotent: false of an operation
// tighten the annotation that follows from its method; x-mcp-destructive: false beside
// x-mcp-read-only: false describes a GET that only adds. Values that would loosen an annotation are
// ignored, and so is x-mcp-open-world. Annotations are hints, and no decision depends on them.
// x-mcp-confirm: true holds the calls of an operation with any method. Nothing in a document
// releases a call that is held for its method.
//
// # Results
//
// Each result is one JSON object in structuredContent: {type:"api_response", data, metadata},
// {type:"error", error} or {type:"confirmation_request", …}. Only errors have isError. The text has
// the same facts as lines: first what this program says, then data, indented (see package lines).
// Output schemas name the members of data and accept any, because APIs break their own documents:
// see [Options.StrictOutput].
//
// An answer of JSON that is longer than a result stays JSON: whole values are left out,
// metadata.more says which, and the tool read_more returns them by JSONPath and offset.
// metadata.next_page is the call for the next page of a list.
//
// # Limits
//
// XML is text, or an object that is written by the document's XML Objects; answers in XML stay
// text.
//
// # Packages
//
// The files schema*.go write the schemas of arguments, result*.go shorten answers and find the next
// page of lists. Package serialize converts arguments to requests and back, credential supplies
// secrets, opsearch finds operations by words, sanitize cleans text of the document, orderedjson
// keeps the order of members. Package roundtrip sends captured requests again through the tools and
// compares them. Spectools imports these packages except roundtrip. What else of this module it may
// import is in internal/arch/policy_test.go. Read set.go first, then call.go.
package spectools
