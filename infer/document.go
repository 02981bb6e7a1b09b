package infer

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
)

// Document is what the facts were decided to mean: an API description in plain sorted slices, free of any
// format. Package openapi writes it down. Equal facts and policy give an equal Document.
type Document struct {
	// Title names the API, from its host.
	Title string
	// Servers are the origins with the path prefix that all operations share, sorted; at least one.
	Servers []string
	// Operations are sorted by Path, then Method.
	Operations []Operation
	// Components are the named schemas that operations refer to, sorted by name; all are used.
	Components []schema.Component
	// Security are the schemes that operations refer to, sorted by name.
	Security []security.Scheme
	// Excluded counts, by reason, the flows without an operation, sorted by reason.
	Excluded []Exclusion
	// Unfit lists a person's corrections that nothing in the traffic answers to any more.
	Unfit []string
	// Flows counts the flows the decision rests on; those of all operations and Excluded add up to it.
	Flows int64
}

// Exclusion counts flows left out of the document for one reason.
type Exclusion struct {
	Reason string // one of the Reason constants
	Count  int64
}

// Exclude counts n more flows without an operation.
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

// Operation is one method of one path template.
type Operation struct {
	Method string // upper case
	// Path is the template below the servers' prefix, percent-encoded but for its {parameters}.
	Path    string
	ID      string // unique in the document, camelCase
	Summary string
	Tags    []string
	// Params are sorted: path parameters in the order of the template, then query, header and cookie
	// parameters, each by name.
	Params    []Param
	Request   *Payload   // nil when no request had a body
	Responses []Response // sorted by status; at least one
	// Security lists the alternatives: any one of them will do, each the names of schemes that go
	// together. An empty alternative is anonymous access. Nil says that nothing is known.
	Security [][]string
	// Servers, unless empty, are this operation's own, where they differ from the document's.
	Servers []string
	// Paging says how the pages of a list are asked for; nil where there are none.
	Paging *Paging
	// Variants has one element for an operation that shares its URL with others, told apart by the fragment of Path.
	Variants []call.Variant
	// Seen counts the flows.
	Seen int64
}

// Paging is how a list comes in pages.
type Paging struct {
	Style string // one of the constants: PageNumber, …
	Param string // the query parameter that chooses the page, "" for PageLink and where it was not seen
	Size  string // the one that says how many items a page has, "" where none was seen
	Next  string // what leads to the next page: a JSON pointer into the answer, "header Link", or ""
	Items string // JSON pointer to the list in the answer; "" where that is the list, or has several
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

// Param is one parameter of an operation.
type Param struct {
	Name     string
	In       Location
	Required bool
	Schema   *schema.Schema
	// Style and Explode are OpenAPI's; "" is the default of the place with its default of explode.
	Style   string
	Explode bool
	// MultiSegment says that a path parameter's value may span slashes.
	MultiSegment bool
	Description  string
	Seen         int64
}

// Payload is a body with a schema for each media type, sorted by media type.
type Payload struct {
	Required bool
	Content  []Media
}

// Media is one media type's schema. A nil Schema says nothing of the body: it is opaque.
type Media struct {
	Type   string
	Schema *schema.Schema
	// Encoding lists, by name, the fields of a form that are not written in the usual way.
	Encoding []FieldEncoding
	// Parts lists the content types of parts without names, place by place; the last stands for all that follow. Several
	// are separated by ", ".
	Parts []string
	// Events lists, by name, what the data of server-sent events are, where these have names; Schema admits them all.
	Events []Event
}

// Event is one kind of server-sent events. Those that name none are called "message".
type Event struct {
	Name   string
	Schema *schema.Schema
}

// FieldEncoding says how one field of a form is written.
type FieldEncoding struct {
	Field string
	// ContentType is that of a file in multipart, several separated by ", "; "" for other fields.
	ContentType string
	// Indexed says that lists are written a[0]=1&a[1]=2, not a=1&a=2.
	Indexed bool
}

// Response is what one status answers.
type Response struct {
	Status  int
	Content []Media // empty when no answer had a body
	Headers []Param // In is InHeader; those worth telling, sorted by name
	Seen    int64
	// Links lead from a value in this answer to the operations that take it.
	Links []Link
}

// Link is an OpenAPI link.
type Link struct {
	Name      string
	Operation string // an Operation's ID
	// Parameters map a parameter's name there to a runtime expression here.
	Parameters []LinkParam
}

// LinkParam gives one parameter of a linked operation.
type LinkParam struct{ Name, Expression string }
