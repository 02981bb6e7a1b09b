package infer

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
)

// Document describes an API in sorted slices, independent of any format. Package openapi writes it
// as OpenAPI. Equal facts and options give equal documents.
type Document struct {
	// Title is the title of the API, made from its host or, if that has no name, from its tags.
	Title string
	// Description is what a person wrote about the API, else "".
	Description string
	// Servers are the origins, each with the path prefix that all operations share, sorted; at
	// least one.
	Servers []string
	// Operations are sorted by Path, then Method.
	Operations []Operation
	// Components are the named schemas that operations and other components refer to, sorted by
	// name.
	Components []schema.Component
	// Security are the schemes that operations refer to, sorted by name.
	Security []security.Scheme
	// Entry says where credentials and tokens come from.
	Entry security.Entry
	// Excluded counts the flows without an operation by reason, sorted by reason.
	Excluded []Exclusion
	// Unmatched lists a person's corrections that match nothing in the traffic.
	Unmatched []correction.Misfit
	// Data holds the names of traffic that may be data of a person, see [schema.Uses.Data]. Nothing
	// in the document is called so.
	Data map[string]bool
	// Flows counts all flows. It is the sum of Seen of all operations and Count of all exclusions.
	Flows int64
}

// Exclusion counts the flows that have no operation for one reason.
type Exclusion struct {
	Reason string // one of the Reason constants
	Count  int64
}

// Exclude adds n flows without an operation.
func (d *Document) Exclude(reason string, n int64) {
	d.Flows += n
	for i := range d.Excluded {
		if d.Excluded[i].Reason == reason {
			d.Excluded[i].Count += n
			return
		}
	}
	d.Excluded = append(d.Excluded, Exclusion{reason, n})
	slices.SortFunc(d.Excluded, func(a, b Exclusion) int { return cmp.Compare(a.Reason, b.Reason) })
}

// Counts returns a function that gives the number of flows of an operation, or 0 if there is none
// with this method and path.
func (d *Document) Counts() func(method, path string) int64 {
	seen := map[[2]string]int64{}
	for i := range d.Operations {
		o := &d.Operations[i]
		seen[[2]string{o.Method, o.Path}] = o.Seen
	}
	return func(method, path string) int64 { return seen[[2]string{method, path}] }
}

// Operation is one method of one path template.
type Operation struct {
	Method string // upper case
	// Path is the template below the servers' prefix. It is percent-encoded, except for its
	// {parameters}. Operations that share a URL differ in its fragment.
	Path    string
	ID      string // operationId: unique in the document, in camelCase
	Summary string
	// Description is what a person wrote about the operation, else "".
	Description string
	Tags        []string
	// Params holds the path parameters in the order of the template, then the query, header and
	// cookie parameters, each sorted by name.
	Params    []Param
	Request   *RequestBody // nil if no request had a body
	Responses []Response   // sorted by status; at least one
	// Security lists alternatives, each the names of schemes that a request needs together. An
	// empty alternative is anonymous access. Nil means that nothing is known.
	Security [][]string
	// Denied says which requests were answered 401 or 403: those "with credentials", those "without
	// credentials", or "" if that differs or is unknown.
	Denied string
	// Servers are the operation's servers if they differ from the document's, else nil.
	Servers []string
	// Paging describes the pages of a list; it is nil for other responses.
	Paging *Paging
	// Variants has one element for an operation that shares its URL with others, or is empty.
	Variants []call.Variant
	// Seen counts the flows.
	Seen int64
	// Certainty is the probability that Path is right, see [route.Template.Certainty].
	Certainty float64
}

// EachSchema calls f for the schemas of parameters, bodies, events and headers, with the names of
// parameters and headers.
func (o *Operation) EachSchema(f func(name string, s *schema.Schema)) {
	content := func(all []Media) {
		for _, m := range all {
			f("", m.Schema)
			for _, e := range m.Events {
				f("", e.Schema)
			}
		}
	}
	for _, q := range o.Params {
		f(q.Name, q.Schema)
	}
	if o.Request != nil {
		content(o.Request.Content)
	}
	for _, r := range o.Responses {
		content(r.Content)
		for _, h := range r.Headers {
			f(h.Name, h.Schema)
		}
	}
}

// Paging describes how a client reads a list page by page.
type Paging struct {
	Style string // PageNumber, PageOffset, PageCursor or PageLink
	Param string // the query parameter that selects the page, "" for PageLink and if no request had it
	Size  string // the query parameter that sets the size of a page, "" if no request had one
	Next  string // source of the next page: a JSON pointer into the response, "header Link", or ""
	Items string // JSON pointer to the list in the response, "" if the response is the list or has several
}

// Location is where a request carries a parameter: the field "in" of OpenAPI.
type Location string

// Locations of parameters.
const (
	InPath   Location = "path"
	InQuery  Location = "query"
	InHeader Location = "header"
	InCookie Location = "cookie"
)

// Param is one parameter of an operation, or one header of a response.
type Param struct {
	Name     string
	In       Location
	Required bool
	Schema   *schema.Schema
	// Style and Explode are the fields of OpenAPI. If Style is "", both have the defaults of the
	// location.
	Style   string
	Explode bool
	// IsJSON reports that the value is JSON text, which Schema describes.
	IsJSON bool
	// AllowEmptyValue reports that requests had the name of a query parameter without "=".
	AllowEmptyValue bool
	// MultiSegment reports that the value of a path parameter may contain slashes.
	MultiSegment bool
	Description  string
	// Seen counts the exchanges with the parameter, Values its distinct values, about; 0 is
	// unknown.
	Seen, Values int64
	// AlwaysSent counts the accepted requests if all of them had the parameter and nothing proves
	// that it is required; else it is 0.
	AlwaysSent int64
	// Absent reports that an accepted request lacked the parameter: it cannot be required.
	Absent bool
	// Sources are the operations whose responses have values of a path parameter, each its method
	// and path, the best first.
	Sources []string
	// Variants are the values of a path parameter that select what the bodies are, sorted; nil for
	// other parameters.
	Variants []BodyVariant
	// OneClient reports that a single client sent the header, with all its requests to the host.
	OneClient bool
}

// BodyVariant lists the members that bodies for one value of a parameter have and those for another
// value lack, sorted: response.a.b is b of the object a, or of the objects in the list a.
type BodyVariant struct {
	Value   string
	Members []string
}

// RequestBody describes the bodies of requests.
type RequestBody struct {
	Required bool
	// Absent reports that an accepted request had no body.
	Absent  bool
	Content []Media // sorted by media type
}

// Media describes the bodies of one media type.
type Media struct {
	Type string
	// Format is the media type of the content if Type does not say it: application/json or
	// application/xml that is labelled as text.
	Format string
	// Guarded reports that JSON stood behind a prefix that keeps pages from running it.
	Guarded bool
	// Schema is nil for a body of any kind.
	Schema *schema.Schema
	// Encoding lists the fields of a form that do not have the default encoding, by name.
	Encoding []FieldEncoding
	// Parts lists the content types of multipart parts without names, by index. The last element
	// applies to all further parts. A part with several types has them separated by ", ".
	Parts []string
	// Events lists the named events of a server-sent event stream, by name. Schema accepts the data
	// of all of them.
	Events []Event
	// Partial counts the bodies that were learned only in part. See [schema.Facts.Partial].
	Partial int
}

// Event describes the server-sent events of one name. Events without a name are called "message".
type Event struct {
	Name   string
	Schema *schema.Schema
}

// FieldEncoding describes the encoding of one field of a form.
type FieldEncoding struct {
	Field string
	// ContentType is the type of a file in multipart, or several separated by ", "; it is "" for
	// other fields.
	ContentType string
	// Indexed reports that lists are written a[0]=1&a[1]=2 instead of a=1&a=2.
	Indexed bool
}

// Response describes the responses with one status.
type Response struct {
	Status  int
	Content []Media // sorted by media type; empty if no response had a body
	Headers []Param // those with a well-known meaning, sorted by name; In is InHeader
	// Seen counts the responses.
	Seen int64
	// Blamed holds the names that errors with the status say are wrong or missing in their
	// requests. Any word may be among them.
	Blamed *schema.NameSet
	// Links lead from a value in the response to the operations that accept it, sorted by name.
	Links []Link
}

// Link is an OpenAPI link.
type Link struct {
	Name      string
	Operation string // the ID of an Operation
	// Parameters give the parameters of the linked operation.
	Parameters []LinkParam
}

// LinkParam gives a parameter of a linked operation its value, as a runtime expression of OpenAPI.
type LinkParam struct{ Name, Expression string }

// kind returns the media type of what the bodies are.
func (m *Media) kind() string { return cmp.Or(m.Format, m.Type) }
