// Package spectools turns an OpenAPI document into MCP tools, one for each operation, that call the API the
// document describes, guarded.
//
// [FromDocument] makes a [Set]; [Set.Register] adds its tools to a server. A call goes through four steps, and
// nothing is sent before the third: its arguments are checked against the tool's schema, a request is built from
// them, package guard decides, and package egress sends.
//
// # Arguments
//
// A tool takes one flat object:
//
//   - each path, query, header and cookie parameter is an argument of its own name; what is not a letter, a digit,
//     "_", "-" or "." in a name becomes "_", and names end after 64 characters. Parameters whose names would be
//     equal get their place behind it: id__path, id__query. Should that still be taken, a hash follows.
//   - the body is the argument requestBody, as the document's schema has it: an object for JSON and forms, text
//     for text, base64 for other types. A file in a multipart form is base64, or {data, filename, contentType}. Parts without
//     names (multipart/mixed, multipart/related) are a list of {contentType, headers, body}.
//   - requestContentType chooses between the media types of a body where there is more than one.
//   - __confirmed belongs to tools whose calls are held.
//
// Parameters that would stand in for a credential (the header Authorization, Cookie, the name of an apiKey scheme
// the operation asks for) or that HTTP makes by itself are left out, and said to be in [Set.Notes]. Query parameters
// and fields of forms leave in the order in which the arguments name them.
//
// # Extensions
//
// x-mcp-read-only, x-mcp-destructive, x-mcp-idempotent and x-mcp-open-world of an operation, true or false, take the
// place of the annotation that its method gives; they are hints, and nothing is decided by them. x-mcp-confirm: true
// holds calls of an operation whatever its method; nothing in a document lets one go that its method holds.
//
// # Results
//
// All are one JSON object, in structuredContent and as text: {type:"api_response", data, metadata}, {type:"error",
// error} or {type:"confirmation_request", …}. isError marks errors only.
//
// # Limits
//
// Output schemas are not promised: APIs break their own documents. XML is text, or an object that is written by the
// document's XML Objects; answers in XML stay text.
package spectools
