package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// TestPolicyLoads writes policies for servers with arbitrary names. The policies load, allow tools
// that read, limit and hold tools that write, and hide tools that delete.
func TestPolicyLoads(t *testing.T) {
	name := rapid.OneOf(rapid.SampledFrom([]string{"read_a", "delete_a", "create_a", "run_a", "yes", "null", "1", "a: b", "# x", "*", "read_*", "~"}),
		rapid.StringN(0, 12, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := ScaffoldServer{
			Name: rapid.String().Draw(t, "server"), Resources: rapid.SliceOfN(name, 0, 4).Draw(t, "resources"),
			Templates: rapid.SliceOfN(rapid.SampledFrom([]string{"file:///{p}", "file:///data/{p}", "{+u}", "db://x/{a}", "db://x/{b}", "a*:b/{c}"}), 0, 3).Draw(t, "templates"),
			Prompts:   rapid.SliceOfN(name, 0, 3).Draw(t, "prompts"),
		}
		for _, n := range rapid.SliceOfN(name, 0, 6).Draw(t, "tools") {
			s.Tools = append(s.Tools, ClassTool{Name: n, Description: rapid.String().Draw(t, "description"), Arguments: []string{rapid.String().Draw(t, "argument")}})
		}
		text := must.Get(Scaffold(s))
		p, err := Load(t.Context(), "p", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		matchedByStar := func(name string) bool { // a name with * is hidden, and so are the names that it matches as a pattern
			return slices.ContainsFunc(s.Tools, func(o ClassTool) bool {
				return strings.Contains(o.Name, "*") && MatchName(o.Name, name)
			})
		}
		seen := map[string]bool{"": true}
		for _, tool := range s.Tools {
			if seen[tool.Name] {
				continue
			}
			seen[tool.Name] = true
			c, _ := ClassOf(tool)
			d := p.Decide(&Call{Kind: Tool, Name: tool.Name})
			isHidden := c == ClassDestructive || strings.Contains(tool.Name, "*") || matchedByStar(tool.Name)
			if d.Allowed == isHidden || d.Allowed && ((c == ClassRead) != (len(d.Charges) == 0) || (c == ClassRead) != (d.Approval == nil)) {
				t.Fatalf("%q is %s and decided %+v by\n%s", tool.Name, c, d, text)
			}
		}
		if d := p.Decide(&Call{Kind: Resource, Name: "file:///etc/passwd"}); d.Allowed {
			t.Fatalf("any file may be read by\n%s", text)
		}
	})
}

func ExamplePolicy() {
	text, err := Scaffold(ScaffoldServer{
		Name: "notes",
		Tools: []ClassTool{
			{Name: "read_note"}, {Name: "SearchNotes", Method: "POST", Queries: true}, {Name: "create_note"}, {Name: "run_script"}, {Name: "delete_note", Description: "Deletes a note"},
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
	// # Calls with require_approval wait for a person: start the gateway with --approvals FILE.
	// tools:
	//   # read: the name starts with read
	//   read_note: {}
	//   # query: the path, name and summary say that this POST only reads
	//   SearchNotes: {rate_limit: 30/minute, require_approval: false}
	//   # write: nothing shows that it only reads
	//   create_note: {rate_limit: 30/minute, require_approval: true}
	//   # execute: the name has the word run
	//   run_script: {rate_limit: 10/minute, require_approval: true}
	// resources:
	//   note://shared/*: {}
	// prompts:
	//   weekly: {}
	// <nil>
}

// A server cannot turn a name into a pattern: the policy allows only the names that the server has
// now.
func TestNamesAreNoPatterns(t *testing.T) {
	for _, pattern := range []string{"*", "week*", "*ly"} {
		text := must.Get(Scaffold(ScaffoldServer{
			Tools:   []ClassTool{{Name: "read_" + pattern}, {Name: "read_a"}},
			Prompts: []string{pattern, "weekly"}, Resources: []string{"file:///" + pattern}, Templates: []string{"note://" + pattern + "/{id}"},
		}))
		p := must.Get(Load(t.Context(), "policy.yaml", text))
		for name, kind := range map[string]Kind{"read_b": Tool, "weekend_ly": Prompt, "file:///etc/weekly": Resource, "note://weekly/1": Resource} {
			if p.Decide(&Call{Kind: kind, Name: name}).Allowed {
				t.Errorf("the name %s allows %s:\n%s", pattern, name, text)
			}
		}
		if !p.Decide(&Call{Kind: Prompt, Name: "weekly"}).Allowed {
			t.Errorf("beside %s, weekly is denied", pattern)
		}
	}
}
