package openapi

// Extensions that a document made from traffic may have.
const (
	// ExtMultiSegment, true on a path parameter, means that its value may span slashes.
	ExtMultiSegment = "x-spectap-multi-segment"
	// ExtAlwaysSent on a property of a request or on a parameter counts the requests, all of which
	// had it, though nothing proves that it is required: it may be the habit of a client. Bodies of
	// PATCH do not count.
	ExtAlwaysSent = "x-spectap-always-sent"
	// ExtOneClient, true on a header parameter, means that a single client sent it, with all its
	// requests: it may be the habit of that client.
	ExtOneClient = "x-spectap-one-client"
	// ExtEvidence on an operation says how much traffic it rests on: exchanges, statuses (responses
	// by status), parameters (exchanges and distinct values, by "in.name") and confidence, from 0
	// to 1, as build.AddEvidence defines it.
	ExtEvidence = "x-spectap-evidence"
	// ExtVariant on an operation names which of several operations behind one URL it is: a GraphQL
	// operation or a JSON-RPC method. The fragment of its path, which is never sent, distinguishes
	// them.
	ExtVariant = "x-spectap-variant"
	// ExtVariants on a path parameter maps values that select what the bodies are to the members
	// that those for another value lack: request.name, response.items.title.
	ExtVariants = "x-spectap-variants"
	// ExtXMLText, true on the XML Object of a property, means that the property is the text of the
	// element itself. A document of version 3.2 has nodeType instead.
	ExtXMLText = "x-spectap-text"
	// ExtPaging on an operation describes how its list is paged: style, parameter, size, next and
	// items, as in infer.Paging.
	ExtPaging = "x-spectap-pagination"
	// ExtUnresolved on an operation, path item or schema says why [LoadPartial] has cut it.
	ExtUnresolved = "x-spectap-unresolved"
	// ExtParts lists the content types of the parts, in order, on a multipart media type whose
	// parts have no names and whose schema is a list; the last one is that of all further parts. A
	// document of version 3.2 has prefixEncoding and itemEncoding instead.
	ExtParts = "x-spectap-parts"
	// ExtEvents on the media type text/event-stream maps names of events to the schemas of their
	// data. The media type's own schema describes the data of one event and admits them all. A
	// document of version 3.2 has itemSchema instead, with event and data as properties.
	ExtEvents = "x-spectap-events"
	// ExtAbsent is in no document that leaves the program. It lists for openapi/merge the parts
	// that some messages lacked: on a parameter or request body it is true, on the schema of an
	// object it lists properties, on a schema of which only null was seen it is true.
	ExtAbsent = "x-spectap-absent"
	// ExtPartial on a media type counts the bodies of which only the first two million names and
	// values were learned. The schema may lack the rest.
	ExtPartial = "x-spectap-partial"
	// ExtFormat on a media type names the one of what the bodies are, which the schema describes:
	// application/json or application/xml that is labelled as text, HTML, a script or bytes.
	ExtFormat = "x-spectap-format"
	// ExtOperations on an operation maps names to the operations that share its method and URL,
	// each with [ExtVariant]. The operation itself accepts and answers what any of them does.
	// [Load] reads each as an operation of a path with the name as its fragment, and [Encode]
	// writes it back.
	ExtOperations = "x-spectap-operations"
	// ExtGuarded, true on a media type of a response, says that its JSON has a prefix that keeps
	// pages from running it as a script, such as )]}'.
	ExtGuarded = "x-spectap-guarded"
)

// AlwaysSent returns the number of requests that [ExtAlwaysSent] gives, or 0 if it is absent or
// invalid.
func AlwaysSent(extensions map[string]any) int64 {
	switch n := extensions[ExtAlwaysSent].(type) {
	case int64:
		return max(n, 0)
	case float64:
		return int64(min(max(n, 0), 1<<53))
	}
	return 0
}
