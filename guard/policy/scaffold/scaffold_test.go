package scaffold

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/guard/policy"
)

func TestClassify(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		tool Tool
		want Class
	}{
		{Tool{Name: "read_file"}, Read},
		{Tool{Name: "listDirectory", Description: "Lists a directory."}, Read},
		{Tool{Name: "browser_snapshot"}, Write}, // the name does not start with what it does
		{Tool{Name: "get_issue", ReadOnly: &yes}, Read},
		{Tool{Name: "get_issue", ReadOnly: &no}, Write},
		{Tool{Name: "get_issue", Destructive: &yes}, Write},
		{Tool{Name: "get_issue", Destructive: &yes, ReadOnly: &yes}, Read},
		{Tool{Name: "fetch_everything", ReadOnly: &yes}, Write}, // an annotation alone allows nothing
		{Tool{Name: "update_issue", ReadOnly: &yes}, Write},
		{Tool{Name: "delete_issue", ReadOnly: &yes, Destructive: &no}, Destructive},
		{Tool{Name: "list_and_delete"}, Destructive},
		{Tool{Name: "getDeletedItems"}, Read},
		{Tool{Name: "_get__pull.request"}, Read},
		{Tool{Name: "list"}, Read},
		{Tool{Name: "update"}, Write},
		{Tool{Name: "DROPTable"}, Destructive},
		{Tool{Name: "tidy", Description: "Removes all branches that were merged."}, Destructive},
		{Tool{Name: "get_started", Description: "Creates an account"}, Write},
		{Tool{Name: "search_docs", Description: "Runs a search"}, Execute},
		{Tool{Name: "run_query"}, Execute},
		{Tool{Name: "query_database", Arguments: []string{"sql"}}, Execute},
		{Tool{Name: "browser_evaluate"}, Execute},
		{Tool{Name: "create_payment"}, Write},
		{Tool{Name: "send_mail"}, Execute},
		{Tool{Name: "get_pull_request"}, Read},
		{Tool{Name: "create_pull_request"}, Write},
		{Tool{Name: "request_refund"}, Execute},
		{Tool{Name: "browser_type"}, Execute},
		{Tool{Name: "list_and_run"}, Execute},
		{Tool{Name: "health", Method: "GET"}, Read},
		{Tool{Name: "getToken", Method: "POST"}, Write},
		{Tool{Name: "cancelVisit", Method: "DELETE"}, Destructive},
		{Tool{Name: "deleteVisits", Method: "POST"}, Destructive},
		{Tool{Name: ""}, Write},
		{Tool{Name: "日本語"}, Write},
	} {
		if got, why := Classify(tt.tool); got != tt.want || why == "" {
			t.Errorf("%+v: %s (%s), want %s", tt.tool, got, why, tt.want)
		}
	}
	for name, want := range map[string]string{
		"list_users": "the name starts with list", "list": "the name starts with list", "list_and_delete": "the name has the word delete",
		"run_query": "the name has the word run", "other": "nothing shows that it only reads",
	} {
		if _, why := Classify(Tool{Name: name}); why != want {
			t.Errorf("%s: %s, want %s", name, why, want)
		}
	}
}

// TestPolicyLoads writes policies for servers with any names. They load, allow what only reads,
// limit what writes, and hide what destroys.
func TestPolicyLoads(t *testing.T) {
	name := rapid.OneOf(rapid.SampledFrom([]string{"read_a", "delete_a", "create_a", "run_a", "yes", "null", "1", "a: b", "# x", "*", "read_*", "~"}),
		rapid.StringN(0, 12, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := Server{
			Name: rapid.String().Draw(t, "server"), Resources: rapid.SliceOfN(name, 0, 4).Draw(t, "resources"),
			Templates: rapid.SliceOfN(rapid.SampledFrom([]string{"file:///{p}", "file:///data/{p}", "{+u}", "db://x/{a}", "db://x/{b}", "a*:b/{c}"}), 0, 3).Draw(t, "templates"),
			Prompts:   rapid.SliceOfN(name, 0, 3).Draw(t, "prompts"),
		}
		for _, n := range rapid.SliceOfN(name, 0, 6).Draw(t, "tools") {
			s.Tools = append(s.Tools, Tool{Name: n, Description: rapid.String().Draw(t, "description"), Arguments: []string{rapid.String().Draw(t, "argument")}})
		}
		text, err := Policy(s)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Load(t.Context(), "p", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		matchedByStar := func(name string) bool { // a name with * is hidden, and so is what it matches as a pattern
			return slices.ContainsFunc(s.Tools, func(o Tool) bool {
				return strings.Contains(o.Name, "*") && policy.MatchName(o.Name, name)
			})
		}
		seen := map[string]bool{"": true}
		for _, tool := range s.Tools {
			if seen[tool.Name] {
				continue
			}
			seen[tool.Name] = true
			class, _ := Classify(tool)
			d := p.Decide(&policy.Call{Kind: policy.Tool, Name: tool.Name})
			isHidden := class == Destructive || strings.Contains(tool.Name, "*") || matchedByStar(tool.Name)
			if d.Allowed == isHidden || d.Allowed && (class == Read) != (len(d.Charges) == 0) {
				t.Fatalf("%q is %s and decided %+v by\n%s", tool.Name, class, d, text)
			}
		}
		if d := p.Decide(&policy.Call{Kind: policy.Resource, Name: "file:///etc/passwd"}); d.Allowed {
			t.Fatalf("any file may be read by\n%s", text)
		}
	})
}

func ExamplePolicy() {
	text, err := Policy(Server{
		Name: "notes",
		Tools: []Tool{
			{Name: "read_note"}, {Name: "create_note"}, {Name: "run_script"}, {Name: "delete_note", Description: "Deletes a note"},
		},
		Templates: []string{"note://shared/{id}"}, Prompts: []string{"weekly"},
	})
	fmt.Printf("%s%v", text, err)
	// Output:
	// # A first policy: read it, and change what does not fit.
	// # What it does not allow is denied. Check it with: spectap policy check
	// version: 1
	// description: Policy for notes
	// # No list shows these tools. To allow one, move it to tools.
	// hide:
	//   - delete_note # destructive: the name has the word delete
	// tools:
	//   # read: the name starts with read
	//   read_note: {}
	//   # write: nothing shows that it only reads
	//   create_note: {rate_limit: 30/minute}
	//   # execute: the name has the word run
	//   run_script: {rate_limit: 10/minute}
	// resources:
	//   note://shared/*: {}
	// prompts:
	//   weekly: {}
	// <nil>
}

// A server cannot make a pattern of a name: what the policy allows is what the server has now.
func TestNamesAreNoPatterns(t *testing.T) {
	for _, pattern := range []string{"*", "week*", "*ly"} {
		text, err := Policy(Server{
			Tools:   []Tool{{Name: "read_" + pattern}, {Name: "read_a"}},
			Prompts: []string{pattern, "weekly"}, Resources: []string{"file:///" + pattern}, Templates: []string{"note://" + pattern + "/{id}"},
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Load(t.Context(), "policy.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		for name, kind := range map[string]policy.Kind{"read_b": policy.Tool, "weekend_ly": policy.Prompt, "file:///etc/weekly": policy.Resource, "note://weekly/1": policy.Resource} {
			if p.Decide(&policy.Call{Kind: kind, Name: name}).Allowed {
				t.Errorf("the name %s allows %s:\n%s", pattern, name, text)
			}
		}
		if !p.Decide(&policy.Call{Kind: policy.Prompt, Name: "weekly"}).Allowed {
			t.Errorf("beside %s, weekly is denied", pattern)
		}
	}
}

// A server's text is one line of a comment, whatever breaks lines in it, and a short one.
func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " a\n b\t c ": "a b c", "a\x00b": "a b", "a\x1fb": "a b", "a\x7fb": "a b", "a\u0085b": "a b", "a\u2028b": "a b", "a\u2029b": "a b", "a b~": "a b~",
		strings.Repeat("é", 100): strings.Repeat("é", 100), strings.Repeat("é", 101): strings.Repeat("é", 100) + "…",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// Resources are allowed by what templates begin with, unless that is everything.
func TestResources(t *testing.T) {
	for _, tt := range []struct {
		resources, templates []string
		want                 string
	}{
		{[]string{"file:///a", "file:///*"}, nil, "[file:///a]"},
		{nil, []string{"file:///data/{name}", "{+any}", "file:///{path}", "db:{table}", "db:x{table}", "a*/{b}", "plain"}, "[file:///data/* db:x*]"},
		{make([]string, maxListed), []string{"db:x{t}"}, fmt.Sprint(append(make([]string, maxListed), "db:x*"))},
		{make([]string, maxListed+1), []string{"db:x{t}"}, "[db:x*]"},
	} {
		if got := fmt.Sprint(resources(Server{Resources: tt.resources, Templates: tt.templates})); got != tt.want {
			t.Errorf("%.80v, %v: %s, want %s", tt.resources, tt.templates, got, tt.want)
		}
	}
}
