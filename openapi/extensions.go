package openapi

import "github.com/spectap/spectap/openapi/internal/layout"

// Extensions that a document made from traffic may have.
const (
	// ExtMultiSegment, true on a path parameter, means that its value may span slashes.
	ExtMultiSegment = "x-spectap-multi-segment"
	// ExtObserved lists on a schema the values seen, if they look like an enum and do not prove
	// one.
	ExtObserved = "x-spectap-observed"
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
	// ExtXMLText, true on the XML Object of a property, means that the property is the text of the
	// element itself. OpenAPI has a field for that from 3.2 on (nodeType).
	ExtXMLText = "x-spectap-text"
	// ExtPaging on an operation describes how its list is paged: style, parameter, size, next and
	// items, as in infer.Paging.
	ExtPaging = "x-spectap-pagination"
	// ExtParts lists the content types of the parts, in order, on a multipart media type whose
	// parts have no names and whose schema is a list. OpenAPI has fields for that from 3.2 on
	// (prefixEncoding, itemEncoding).
	ExtParts = layout.ExtParts
	// ExtEvents on the media type text/event-stream maps names of events to the schemas of their
	// data. The media type's own schema describes the data of one event and admits them all.
	// OpenAPI has a field for that from 3.2 on (itemSchema, with event and data as properties).
	ExtEvents = layout.ExtEvents
	// ExtPartial on a media type counts the bodies of which only the first two million names and
	// values were learned. What they have behind these may be missing in the schema.
	ExtPartial = layout.ExtPartial
)

// AlwaysSent returns the number of requests that [ExtAlwaysSent] gives, 0 if it is absent or no
// count.
func AlwaysSent(extensions map[string]any) int64 {
	switch n := extensions[ExtAlwaysSent].(type) {
	case int64:
		return max(n, 0)
	case float64:
		return int64(min(max(n, 0), 1<<53))
	}
	return 0
}
