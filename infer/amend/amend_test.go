package amend

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/test/must"
)

// document returns a document with a component that contains itself, one in two places, and bodies
// of two media types.
func document() infer.Document {
	str := func() *schema.Schema { return &schema.Schema{Kind: schema.String} }
	ref := func(name string) *schema.Schema { return &schema.Schema{Ref: name} }
	body := func(s *schema.Schema) []infer.Media {
		return []infer.Media{{Type: "application/json", Schema: s}, {Type: "text/json", Schema: clone(s)}}
	}
	return infer.Document{
		Title: "API", Servers: []string{"https://api.example/v1"},
		Operations: []infer.Operation{
			{Method: "GET", Path: "/users", ID: "listUsers", Params: []infer.Param{{Name: "sort", In: infer.InQuery, Required: true, Schema: str()}},
				Responses: []infer.Response{{Status: 200, Content: body(&schema.Schema{Kind: schema.Array, Items: ref("User")}),
					Links: []infer.Link{{Name: "GetUser", Operation: "getUser"}}}}},
			{Method: "GET", Path: "/users/{id}", ID: "getUser", Params: []infer.Param{{Name: "id", In: infer.InPath, Required: true, Schema: str()}},
				Responses: []infer.Response{{Status: 200, Content: body(ref("User"))}}},
			{Method: "POST", Path: "/users", ID: "createUser", Request: &infer.RequestBody{Required: true, Content: body(ref("NewUser"))}},
			{Method: "PUT", Path: "/files/{id}", ID: "putFile", Params: []infer.Param{{Name: "X-Trace", In: infer.InHeader}},
				Request: &infer.RequestBody{Required: true, Content: []infer.Media{{Type: "image/png"}}},
				Responses: []infer.Response{
					{Status: 200, Headers: []infer.Param{{Name: "ETag", Schema: str()}}, Content: []infer.Media{
						{Type: "text/event-stream", Schema: str(), Events: []infer.Event{{Name: "done", Schema: ref("Size")}}}}},
					{Status: 409, Content: body(&schema.Schema{OneOf: []*schema.Schema{ref("NewUser"), ref("User")},
						Discriminator: &schema.Discriminator{Property: "kind", Mapping: []schema.Mapping{{Value: "new", Ref: "NewUser"}, {Value: "old", Ref: "User"}}}})},
					{Status: 422, Content: body(&schema.Schema{AnyOf: []*schema.Schema{
						{Kind: schema.Array, Prefix: []*schema.Schema{str(), {Kind: schema.Integer}}}, {Kind: schema.Object, Properties: []schema.Property{{Name: "0"}}}}})},
				}},
		},
		Components: []schema.Component{
			{Name: "NewUser", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
				{Name: "email", Schema: str(), Required: true}, {Name: "plan", Schema: &schema.Schema{Kind: schema.String, Enum: []string{"pro"}}}}}},
			{Name: "Size", Schema: &schema.Schema{Kind: schema.Integer}},
			{Name: "Team", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "name", Schema: str()}}}},
			{Name: "User", Schema: &schema.Schema{Kind: schema.Object, Properties: []schema.Property{
				{Name: "email", Schema: str(), Required: true},
				{Name: "friend", Schema: ref("User")},
				{Name: "plan", Schema: &schema.Schema{Kind: schema.String, Enum: []string{"free"}}},
				{Name: "tags", Schema: &schema.Schema{Kind: schema.Object, Additional: str()}},
				{Name: "team", Schema: ref("Team")}}}},
		},
	}
}

func place(t *testing.T, s string) correction.Place {
	t.Helper()
	p := must.Get(correction.ParsePlace(s))
	if p.String() != s {
		t.Fatalf("%q becomes %q", s, p)
	}
	return p
}

func TestDocument(t *testing.T) {
	yes, no := true, false
	value := func(at string, v correction.Value) correction.Corrections {
		v.At = place(t, at)
		return correction.Corrections{Values: []correction.Value{v}}
	}
	component := func(all ...correction.Component) correction.Corrections {
		return correction.Corrections{Components: all}
	}
	operation := func(o correction.Operation) correction.Corrections {
		return correction.Corrections{Operations: []correction.Operation{o}}
	}
	tests := []struct {
		name string
		with correction.Corrections
		want string // lines that the outline gets and loses, or the misfits
	}{
		{"a title", correction.Corrections{APIs: []correction.API{{Title: "Users"}}}, "-title API +title Users"},
		{"an optional property", value("User /email", correction.Value{Required: &no}), "-User /email: string! +User /email: string"},
		{"through a response", value("GET /v1/users response 200 /*/email", correction.Value{Required: &no}),
			"-User /email: string! +User /email: string"},
		{"through alternatives", value("PUT /files/{id} response 409 /email", correction.Value{Required: &no}),
			"-NewUser /email: string! -User /email: string! +NewUser /email: string +User /email: string"},
		{"an element of a tuple", value("PUT /files/{id} response 422 /1", correction.Value{Type: "string"}), "-422 body 0 1: integer +422 body 0 1: string"},
		{"the first element, and a property of this name", value("PUT /files/{id} response 422 /0", correction.Value{Type: "integer"}),
			"-422 body 0 0: string +422 body 0 0: integer +422 body 1 /0: integer"},
		{"no such element", value("PUT /files/{id} response 422 /2", correction.Value{Type: "integer"}), "no such place"},
		{"a value without a schema", value("PUT /files/{id} request", correction.Value{Type: "string"}), "+PUT /files/{id} request: string"},
		{"a parameter without a schema", value("PUT /files/{id} header X-Trace", correction.Value{Type: "string", Required: &yes}),
			"+PUT /files/{id} X-Trace: string!"},
		{"an element of no list", value("User /email/*", correction.Value{Type: "integer"}), "no such place"},
		{"no such operation of a value", value("PUT /users request", correction.Value{Type: "integer"}), "no such place"},
		{"no such component of a value", value("Gone /email", correction.Value{Type: "integer"}), "no such place"},
		{"no such parameter", value("GET /users header sort", correction.Value{Type: "integer"}), "no such place"},
		{"no request", value("GET /users request", correction.Value{Type: "integer"}), "no such place"},
		{"a required response", value("GET /users response 200", correction.Value{Required: &yes}), "only parameters, properties"},
		{"no null", value("User /email", correction.Value{Nullable: &no}), ""},
		{"a format", value("PUT /files/{id} response 422 /1", correction.Value{Format: "int32"}), "-422 body 0 1: integer +422 body 0 1: integer(int32)"},
		{"a text of a property", value("User /email", correction.Value{Description: "Text"}), "+User /email says Text"},
		{"a text of a parameter", value("GET /users query sort", correction.Value{Description: "Text"}), "+GET /users sort says Text"},
		{"a text of an API", correction.Corrections{APIs: []correction.API{{Description: "Text"}}}, "-title API +title APIText"},
		{"texts of an operation", operation(correction.Operation{Method: "POST", Path: "/users", Summary: "New", Description: "Text"}),
			"-POST /users createUser +POST /users createUserNewText"},
		{"the same name of an operation", operation(correction.Operation{Method: "POST", Path: "/users", Name: "createUser"}), ""},
		{"through itself", value("User /friend/friend/email", correction.Value{Format: "email"}), "-User /email: string! +User /email: string(email)!"},
		{"values of a map", value("User /tags/*", correction.Value{Type: "integer"}), "-User /tags/*: string +User /tags/*: integer"},
		{"a parameter", value("GET /users query sort", correction.Value{Required: &no, Enum: []string{"b", "a"}}),
			"-GET /users sort: string! +GET /users sort: string[a b]"},
		{"a path parameter", value("GET /users/{any} path id", correction.Value{Required: &no}), "only parameters, properties"},
		{"an optional body", value("POST /users request", correction.Value{Required: &no}), "-POST /users request! +POST /users request"},
		{"an open enum", value("User /plan", correction.Value{Open: true}), "-User /plan: string[free] +User /plan: string"},
		{"another type", value("User /plan", correction.Value{Type: "boolean", Nullable: &yes}), "-User /plan: string[free] +User /plan: boolean?"},
		{"an enum of no string", value("User /tags", correction.Value{Enum: []string{"a"}}), "only strings"},
		{"no such property", value("User /gone", correction.Value{Required: &no}), "no such place"},
		{"no such status", value("GET /users response 404", correction.Value{Type: "any"}), "no such place"},
		{"a split", value("User /friend", correction.Value{Component: "Friend"}), "-User /friend: User +Friend /email: string! +Friend /friend: User " +
			"+Friend /plan: string[free] +Friend /tags/*: string +Friend /team: Team +User /friend: Friend"},
		{"a split of a list", value("User /tags", correction.Value{Component: "Tags"}), "-User /tags/*: string +Tags/*: string +User /tags: Tags"},
		{"a split at no place", value("User /gone", correction.Value{Component: "Gone"}), "no such place"},
		{"a taken name", value("User /friend", correction.Value{Component: "Team"}), "another component is called Team"},
		{"a text of a component", component(correction.Component{Of: "Team", Description: "Text"}), "+Team says Text"},
		{"the same name of a component", component(correction.Component{Of: "Team", Name: "Team"}), ""},
		{"no such component", component(correction.Component{Of: "Gone", Name: "Team"}), "no such component"},
		{"a component of events only", component(correction.Component{Of: "Size", Name: "Length"}), "-200 done: Size -Size: integer +200 done: Length +Length: integer"},
		{"a component of alternatives", component(correction.Component{Of: "NewUser", Name: "Guest"}), "-409 body 0: NewUser -409 body[{new NewUser} {old User}] " +
			"-NewUser /email: string! -NewUser /plan: string[pro] -POST /users request: NewUser +409 body 0: Guest +409 body[{new Guest} {old User}] " +
			"+Guest /email: string! +Guest /plan: string[pro] +POST /users request: Guest"},
		{"a merge under another name", component(correction.Component{Of: "Team", Name: "Group", Merge: []string{"Size"}}),
			"-200 done: Size -Size: integer -Team /name: string -User /team: Team +200 done: Group +Group /name: string +Group: integer|object +User /team: Group"},
		{"a rename", component(correction.Component{Of: "Team", Name: "Group"}),
			"-Team /name: string -User /team: Team +Group /name: string +User /team: Group"},
		{"a rename to a taken name", component(correction.Component{Of: "Team", Name: "User"}), "another component is called User"},
		{"a merge", component(correction.Component{Of: "User", Merge: []string{"NewUser"}}), "-409 body 0: NewUser -409 body 1: User -409 body:  -409 body[{new NewUser} {old User}] -NewUser /email: string! -NewUser /plan: string[pro] " +
			"-POST /users request: NewUser -User /plan: string[free] +409 body: User +POST /users request: User +User /plan: string[free pro]"},
		{"a merge of described alternatives", correction.Corrections{
			Values:     []correction.Value{{At: place(t, "PUT /files/{id} response 409"), Nullable: &yes, Description: "Text"}},
			Components: []correction.Component{{Of: "User", Merge: []string{"NewUser"}}},
		}, "-409 body 0: NewUser -409 body 1: User -409 body:  -409 body[{new NewUser} {old User}] -NewUser /email: string! -NewUser /plan: string[pro] " +
			"-POST /users request: NewUser -User /plan: string[free] +409 body says Text +409 body: User? +POST /users request: User +User /plan: string[free pro]"},
		{"a merge with an alternative", correction.Corrections{
			Values:     []correction.Value{{At: place(t, "PUT /files/{id} response 409"), Component: "Conflict"}},
			Components: []correction.Component{{Of: "Conflict", Merge: []string{"NewUser"}}},
		}, "-409 body 0: NewUser -409 body 1: User -409 body:  -409 body[{new NewUser} {old User}] -NewUser /email: string! " +
			"-NewUser /plan: string[pro] -POST /users request: NewUser +409 body: Conflict +Conflict 0: User +Conflict 1 /email: string! " +
			"+Conflict 1 /plan: string[pro] +Conflict:  +POST /users request: Conflict"},
		{"a merge with itself", component(correction.Component{Of: "User", Merge: []string{"User"}}), "no component User to merge"},
		{"a component that is not used any more", value("User /team", correction.Value{Type: "string"}), "-Team /name: string -User /team: Team +User /team: string"},
		{"a component of another name that is not used any more", correction.Corrections{
			Values:     []correction.Value{{At: place(t, "User /team"), Type: "string"}},
			Components: []correction.Component{{Of: "Team", Name: "Group"}},
		}, "-Team /name: string -User /team: Team +User /team: string"},
		{"another name for an operation", operation(correction.Operation{Method: "GET", Path: "/users/*", Name: "fetchUser"}),
			"-GET /users/{id} getUser -link getUser +GET /users/{id} fetchUser +link fetchUser"},
		{"a taken name of an operation", operation(correction.Operation{Method: "GET", Path: "/users/*", Name: "listUsers"}), "another operation"},
		{"no such operation", operation(correction.Operation{Method: "PUT", Path: "/users", Name: "x"}), "no such operation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := document()
			d := Document(before, &tt.with)
			if !reflect.DeepEqual(before, document()) {
				t.Error("the document has changed")
			}
			var got []string
			if a, b := outline(before), outline(d); true {
				for _, l := range a {
					if !slices.Contains(b, l) {
						got = append(got, "-"+l)
					}
				}
				for _, l := range b {
					if !slices.Contains(a, l) {
						got = append(got, "+"+l)
					}
				}
			}
			text := strings.Join(got, " ")
			for _, m := range d.Unmatched {
				text += m.String()
			}
			if text != tt.want && (len(d.Unmatched) == 0 || !strings.Contains(text, tt.want)) {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

// outline returns what a document says, a line for each part.
func outline(d infer.Document) (out []string) {
	out = append(out, "title "+d.Title+d.Description)
	var add func(where string, s *schema.Schema, mark string)
	add = func(where string, s *schema.Schema, mark string) {
		if s == nil {
			return
		}
		for i, x := range slices.Concat(s.Prefix, s.AnyOf, s.OneOf) {
			add(where+" "+strconv.Itoa(i), x, "")
		}
		if s.Discriminator != nil {
			out = append(out, where+fmt.Sprint(s.Discriminator.Mapping))
		}
		if s.Description != "" {
			out = append(out, where+" says "+s.Description)
		}
		for i := range s.Properties {
			p := &s.Properties[i]
			add(where+" /"+p.Name, p.Schema, map[bool]string{true: "!"}[p.Required])
		}
		for _, x := range []*schema.Schema{s.Additional, s.Items} {
			if x != nil {
				add(where+"/*", x, "")
			}
		}
		if s.Kind == schema.Object || s.Kind == schema.Array {
			return
		}
		line := where + ": " + s.Ref
		var names []string
		for _, name := range correction.Types {
			if s.Kind&kinds[name] != 0 {
				names = append(names, name)
			}
		}
		line += strings.Join(names, "|")
		if s.Format != "" {
			line += "(" + s.Format + ")"
		}
		if s.Enum != nil {
			line += fmt.Sprint(s.Enum)
		}
		if s.Nullable {
			line += "?"
		}
		out = append(out, line+mark)
	}
	for _, c := range d.Components {
		add(c.Name, c.Schema, "")
	}
	for _, o := range d.Operations {
		where := o.Method + " " + o.Path
		out = append(out, where+" "+o.ID+o.Summary+o.Description)
		for _, q := range o.Params {
			if q.Description != "" {
				out = append(out, where+" "+q.Name+" says "+q.Description)
			}
			add(where+" "+q.Name, q.Schema, map[bool]string{true: "!"}[q.Required])
		}
		if o.Request != nil {
			out = append(out, where+" request"+map[bool]string{true: "!"}[o.Request.Required])
			add(where+" request", o.Request.Content[0].Schema, "")
		}
		for _, r := range o.Responses {
			for _, l := range r.Links {
				out = append(out, "link "+l.Operation)
			}
			where := fmt.Sprint(r.Status)
			for _, q := range r.Headers {
				add(where+" "+q.Name, q.Schema, "")
			}
			for _, m := range r.Content {
				add(where+" body", m.Schema, "")
				for _, e := range m.Events {
					add(where+" "+e.Name, e.Schema, "")
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestFindings tells what a person said of an operation and its components, and of no other.
func TestFindings(t *testing.T) {
	yes, no := true, false
	c := &correction.Corrections{
		Segments:   []correction.Segment{{Path: "/v1/users/{any}", Name: "id"}, {Path: "/v1/users", Parameter: &no}, {Path: "/v1/teams/*", Parameter: &yes}},
		Operations: []correction.Operation{{Method: "GET", Path: "/users/{x}", Summary: "One  user"}, {Method: "GET", Path: "/users", Name: "all"}},
		Values: []correction.Value{
			{At: place(t, "User /email"), Required: &no}, {At: place(t, "NewUser /email"), Required: &no},
			{At: place(t, "GET /users/{id} path id"), Format: "uuid"}, {At: place(t, "GET /users query sort"), Required: &no},
			{At: place(t, "Team /name"), Nullable: &yes},
		},
		Components: []correction.Component{{Of: "User", Name: "Person"}, {Of: "NewUser", Description: "x"}},
	}
	d := Document(document(), c)
	var got []string
	for _, f := range Findings(&d, c, "GET", "/users/{id}") {
		if f.About != Corrected {
			t.Errorf("about %s", f.About)
		}
		got = append(got, f.Subject+": "+strings.TrimPrefix(f.Result, "a person said: "))
	}
	want := []string{
		"/v1/users/{any}: is called id", "/v1/users: is no parameter", "GET /users/{x}: summary One user", "Person: name Person",
		"Person /email: is optional", "GET /users/{id} path id: format uuid", "Team /name: may be null",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := Findings(&d, c, "PUT", "/users"); got != nil {
		t.Errorf("%v", got)
	}
}
