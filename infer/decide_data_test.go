package infer_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// TestDataIsNoName sends data where names stand: as a form without a value, a flag of a query, a
// member, a path, a value that only a few records have.
func TestDataIsNoName(t *testing.T) {
	const odd = "application/x-www-form-urlencoded"
	people := func(name string) (fs []flow.Flow) {
		for i := range 24 {
			word := []string{"Harry", "Pedro", "Mark"}[i%3]
			fs = append(fs, get(fmt.Sprintf("/people/%d", i), "", fmt.Sprintf(`{"id":%d,%q:%q}`, i, name, word)))
		}
		return fs
	}
	for _, tt := range []struct {
		name, data string
		flows      []flow.Flow
	}{
		{"a form of one word", "hunter22", []flow.Flow{call("POST", "/login", 200, odd, "hunter22=", "", ""), call("POST", "/login", 200, odd, "hunter22=", "", "")}},
		{"a form that is JSON", "ada", []flow.Flow{call("POST", "/login", 200, odd, `{"user":"ada","a":"b=c"}`, "", "")}},
		{"a flag", "Xk29fjQ8sLp0aB7d", []flow.Flow{get("/things", "Xk29fjQ8sLp0aB7d", `[1]`)}},
		{"a member", "order 22", []flow.Flow{get("/things", "", `{"order 22":1}`)}},
		{"a member of a record", "order 22", []flow.Flow{get("/things", "", `{"order 22":{"a":1,"b":2,"c":3}}`)}},
		{"a filter", "hunter22", []flow.Flow{get("/things", "filter[hunter22]=1", `[1]`)}},
		{"a path", "adadoe", []flow.Flow{get("/-/user/adadoe/package", "", `{}`), get("/-/whoami", "", `{"username":"adadoe"}`)}},
		{"a marked path", "adadoe", []flow.Flow{get("/~adadoe/paper", "", `{}`)}},
		{"a value in another case", "erlin", []flow.Flow{get("/weather/berlin", "", `{"city":"Berlin","temp":3}`)}},
		{"a key that is a value", "zelda", []flow.Flow{get("/scores", "", `{"scores":{"zelda":1,"other":2}}`), get("/winner", "", `{"name":"zelda"}`)}},
		{"joined words", "Harry", people("fullname")},
		{"a free word", "Harry", people("religion")},
		{"capitals", "HARRY", func() []flow.Flow {
			fs := people("doctor")
			for i := range fs {
				fs[i].Response.Body.Data = bytes.ToUpper(fs[i].Response.Body.Data)
			}
			return fs
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, version := range []string{"3.0", "3.1"} {
				if doc := document(t, modelOf(tt.flows), version); bytes.Contains(doc, []byte(tt.data)) {
					t.Errorf("the document holds %s:\n%s", tt.data, doc)
				}
			}
			soundBoth(t, tt.flows)
		})
	}
	names := []flow.Flow{get("/things", "order=up&pretty", `{"order_2":1,"sha256":"a"}`), get("/things", "order=up", `{"Order 22":1}`), get("/things", "", `{"Order 22":2}`),
		get("/columns", "sort=qty", `[{"name":"status","field":"qty"}]`), get("/apis/apps.k8s.io", "", `{"name":"apps.k8s.io","status":1,"qty":2}`),
		post("/graphql", `{"operationName":"GetAnna","query":"query GetAnna { anna }"}`, `{"data":{"anna":1}}`)}
	if d := modelOf(names).Document(infer.Options{}); len(d.Data) > 0 {
		t.Errorf("%v are data", d.Data)
	}
}

// TestSpellingsOfData sends a value as three names that only differ in case.
func TestSpellingsOfData(t *testing.T) {
	d := modelOf([]flow.Flow{
		post("/query", `{"keys":{"zroe":{"a":1},"ZROE":{"a":2},"Zroe":{"a":3}}}`, `{}`), get("/users", "", `[{"login":"zroe"}]`),
	}).Document(infer.Options{})
	if got := slices.Sorted(maps.Keys(d.Data)); !slices.Equal(got, []string{"ZROE", "Zroe", "zroe"}) {
		t.Errorf("%q are data", got)
	}
}

// TestKeysOfMaps queries the state of pairs of things by their names, four times each. A query and
// its answer hold different things under one key.
func TestKeysOfMaps(t *testing.T) {
	for _, pair := range [][2]string{
		{"Jane Roe", "John Doe"}, {"Due Date", "Assigned To"}, {"Roe, Jane", "Doe, John"}, {"Sinead O'Connor", "Jürgen Müller"},
		{"@jroe", "@jdoe"}, {"@alice:mx.example", "@bob:mx.example"}, {"jroe!acme", "jdoe!acme"}, {"jroe#1234", "bob#0042"},
		{`ACME\jroe`, `ACME\jdoe`}, {"/home/jroe", "/srv/data"}, {`C:\Users\jroe`, `D:\Data\jdoe`}, {"octocat/hello", "jroe/dotfiles"},
		{"+15550100", "+15550101"}, {"tel:+1-555-0100", "tel:+1-555-0101"}, {"urn:user:jroe", "urn:user:jdoe"},
		{"https://acme.example/u/jroe", "https://acme.example/u/jdoe"}, {"uid=jroe,dc=acme", "cn=Jane Roe"}, {"db1.acme.example", "db2.acme.example"},
		{"jane.roe", "john.doe"}, {"jroe", "jdoe"}, {"alice", "bob"}, {"U024BE7LH", "U0G9QF9C6"}, {"jroe@laptop", "jdoe@laptop"},
	} {
		var fs []flow.Flow
		for i := range 4 {
			a, b := fmt.Sprintf("%q", pair[0]), fmt.Sprintf("%q", pair[1])
			fs = append(fs, post("/query", `{"keys":{`+a+`:[],`+b+`:[]}}`, fmt.Sprintf(`{"found":{%s:{"n":%d},%s:{"n":1}}}`, a, i, b)))
		}
		for i, p := range properties(soundBoth(t, fs)) {
			if p != []string{"found", "keys", "n"}[i] {
				t.Errorf("%s is a property", p)
			}
		}
	}
	for _, p := range properties(soundBoth(t, []flow.Flow{get("/state", "", `{"of":{"john.baker":{"n":1}}}`), get("/state", "", `{"of":{"john.baker":{"n":2}}}`)})) {
		if p == "john.baker" {
			t.Error("the only account is a property")
		}
	}
	for _, record := range []string{`{"m.upload.size":9}`, `{"m.homeserver":{"url":"a"},"m.identity_server":{"url":"b"}}`,
		`{"dc:title":"a","dc:creator":"b"}`, `{"@type":"a","@id":"b"}`, `{"hate":true,"hate/threatening":false}`, `{"url":"a","+1":%d,"-1":%d}`,
		`{"id":1,"Meta Data":"%d"}`, `{"iban":"a","bic":"b","n":1}`} {
		var fs []flow.Flow
		for i := range 3 {
			fs = append(fs, get("/record", "", strings.ReplaceAll(record, "%d", fmt.Sprint(i))))
		}
		for _, p := range strings.Split(record, `":`)[:strings.Count(record, `":`)] {
			if name := p[strings.LastIndexByte(p, '"')+1:]; !slices.Contains(properties(soundBoth(t, fs)), name) {
				t.Errorf("%s is no property of %s", name, record)
			}
		}
	}
}

// properties returns the names of the properties of a document, sorted.
func properties(d infer.Document) []string {
	names := map[string]bool{}
	var walk func(s *schema.Schema)
	walk = func(s *schema.Schema) {
		if s == nil {
			return
		}
		for _, p := range s.Properties {
			names[p.Name] = true
			walk(p.Schema)
		}
		walk(s.Items)
		walk(s.Additional)
	}
	for _, o := range d.Operations {
		if o.Request != nil {
			walk(o.Request.Content[0].Schema)
		}
		walk(o.Responses[0].Content[0].Schema)
	}
	for _, c := range d.Components {
		walk(c.Schema)
	}
	return slices.Sorted(maps.Keys(names))
}

// TestNamesOfPeople sends names as words to search for, as variables and as random parameters.
func TestNamesOfPeople(t *testing.T) {
	var fs []flow.Flow
	for i, random := range []string{"SXRVxfCQGgXkHbzxFUbEctTq", "mtsLdFbGzLacEpVZzAQlxJwr", "nBUbHoWCeFJowoRoWDqsbbAw"} {
		for n := range 2 {
			marked := get("/feed", fmt.Sprintf("%s=%d&page=%d", random, n, i), `[1]`)
			marked.Request.Header = append(marked.Request.Header, flow.Field{Name: "Cookie", Value: fmt.Sprintf("%s=%d", random, n)})
			fs = append(fs, marked, get("/find", "jane.roe", `[1]`), get("/find", "jane+roe&berlin", `[1]`), get("/find", "mark", `[1]`),
				call("PUT", "/variables/JROE_HOME", 200, "application/json", `{"value":"x"}`, "application/json", `{}`),
				call("PUT", "/variables/FOOBAR_KEY", 200, "application/json", `{"value":"x"}`, "application/json", `{}`),
				get("/variables", "", fmt.Sprintf(`{"variables":{"JROE_HOME":{"value":"a","scope":"b","n":%d,"x":[]}}}`, i)))
		}
	}
	doc := document(t, modelOf(fs), "3.1")
	for _, name := range []string{"SXRV", "mtsL", "nBUb", "jane", "berlin", "mark", "JROE", "JroeHome"} {
		if bytes.Contains(doc, []byte(name)) {
			t.Errorf("the document holds %s:\n%s", name, doc)
		}
	}
}

// TestExamplesOfPeople holds that values of one person are no examples, although their names could
// be those of codes.
func TestExamplesOfPeople(t *testing.T) {
	for field, value := range map[string]string{"operator": "jroe", "initials": "jr", "place": "ulm", "order": "so-2024-17", "scope": "jroe/dotfiles", "code": "a1b", "policy": "hk-829-b"} {
		var fs []flow.Flow
		for i := range 4 {
			fs = append(fs, post("/things", fmt.Sprintf(`{%q:%q,"n":%d}`, field, value, i), `{}`))
		}
		if doc := document(t, modelOf(fs), "3.1"); bytes.Contains(doc, []byte("- "+value)) {
			t.Errorf("%s: the document holds %s", field, value)
		}
	}
}

// TestTypesOfPeople holds that the value of a member named kind that occurred once names no schema.
func TestTypesOfPeople(t *testing.T) {
	for _, name := range []string{"ZROE", "JaneZroe", "zroe#4711"} {
		d := modelOf([]flow.Flow{get("/profile", "", fmt.Sprintf(`{"kind":%q,"city":"x","age":1}`, name))}).Document(infer.Options{})
		if got := d.Components[0].Name; got != "Profile" {
			t.Errorf("%s names %s", name, got)
		}
	}
}
