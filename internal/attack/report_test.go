package attack

import (
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// commandsOfServices are lines that a service obeys which runs builds and reads their output.
var commandsOfServices = map[string]string{
	"GitHub":               "x\n::set-output name=a::b",
	"GitHub, first":        "::error file=a::b",
	"GitHub, old":          "a ##[set-output name=a]b",
	"Azure":                "a ##vso[task.setvariable variable=PATH]b",
	"Azure, other letters": "##VSO[task.complete result=Succeeded]",
	"TeamCity":             "##teamcity[buildStatus text='x']",
}

var obeyed = regexp.MustCompile(`(?im)^\s*::[a-z]|##(vso|teamcity)?\[`)

// Documents and traffic command no service that runs the program and reads what it prints
// (threat 15).
func TestCommandsOfServices(t *testing.T) {
	const tries = "writes a command of a build service into a document or traffic"
	for name, text := range commandsOfServices {
		q := quoted(text)
		doc := `{"openapi":"3.0.3","info":{"title":` + q + `,"version":` + q + `,"description":` + q + `},"servers":[{"url":"https://api.example"}],"paths":{` +
			quoted("/a/"+text) + `:{"get":{"operationId":` + q + `,"summary":` + q + `,"description":` + q + `,"tags":[` + q + `],"parameters":[{"name":` + q +
			`,"in":"query","schema":{"type":"string","enum":[` + q + `]}}],"responses":{"200":{"description":` + q + `}}}},"/b":{"get":{"responses":{"200":{"description":"b"}}}}}}`
		for _, commands := range [][]string{
			{"lint D", "lint D --json", "validate D", "doc D", "filter D --tag zzz", "filter D -X b", "serve D --dry-run --base-url http://127.0.0.1:1"},
			{"diff D E", "diff E D", "diff D E --json"},
			{"coverage D --db S", "coverage D --db S --json", "check D --db S", "check D --db S --json"},
			{"flows ls --db S", "flows ls --json --db S", "flows show 1 --db S", "flows curl 1 --db S", "store stats --db S", "export --db S"},
		} {
			try(t, name+"/"+commands[0], tries, "no output has it as the service reads it", func(a *attack) {
				files := map[string]string{"D": a.file("d.json", doc),
					"E": a.file("e.json", strings.NewReplacer(`"/b"`, `"/c"`, `"enum":[`, `"enum":["x",`).Replace(doc))}
				if strings.Contains(commands[0], " S") {
					files["S"] = a.capture(exchange{method: "POST", url: "https://api.example/a/" + urlEscape(text) + "?q=" + urlEscape(text), typ: "text/plain",
						body: text + "\n" + text, answerType: "text/plain", answerBody: text})
				}
				for _, command := range commands {
					args := strings.Fields(command)
					for i, arg := range args {
						args[i] = cmp.Or(files[arg], arg)
					}
					a.commandsNothing(args)
					if hasFormats := slices.Contains([]string{"lint", "diff", "coverage", "check"}, args[0]); !hasFormats || slices.Contains(args, "--json") {
						continue
					}
					for _, format := range []string{"markdown", "junit", "sarif", "github"} {
						a.commandsNothing(append(slices.Clone(args), "--format", format))
					}
				}
			})
		}
	}
}

// commandsNothing runs the program as a build service does, which would obey what it prints.
func (a *attack) commandsNothing(args []string) {
	a.Helper()
	o := a.spectapWith([]string{"GITHUB_ACTIONS=true"}, strings.NewReader(""), args...)
	out := o.stdout
	if slices.Contains(args, "github") { // its own lines are commands
		out = regexp.MustCompile(`(?m)^::(error|warning|notice) `).ReplaceAllString(out, "")
	}
	out += "\n" + o.stderr
	if at := obeyed.FindStringIndex(out); at != nil {
		a.breach("%s prints %q", args, out[at[0]:min(at[0]+60, len(out))])
	}
}

// Reports for comments and services have no markup, mention or element of a document.
func TestMarkupInReports(t *testing.T) {
	for i, text := range []string{"@octocat @org/team", "#1 GH-1", "[x](javascript:alert(1))", "![x](https://evil.example/?leak)", "https://evil.example/login", "www.evil.example",
		"</failure></testcase><testcase name='x'/>", "]]>", "<img src=https://evil.example/>", "| a | b |", "``` `a", "<!--", "&lt;b&gt;", "a\r\n\r\n# b"} {
		try(t, strconv.Itoa(i), "writes markup into a document whose changes are reported", "Markdown shows it as text, and XML stays whole", func(a *attack) {
			q := quoted(text)
			doc := `{"openapi":"3.0.3","info":{"title":` + q + `,"version":"1"},"paths":{` + quoted("/"+text) + `:{"get":{"tags":[` + q + `],"parameters":[{"name":` + q +
				`,"in":"query","schema":{"type":"string","enum":["a",` + q + `]}}],"responses":{"200":{"description":"d"}}}}}}`
			one, two := a.file("one.json", doc), a.file("two.json", strings.Replace(doc, `"enum":["a",`, `"enum":[`, 1))
			for _, args := range [][]string{{"lint", one}, {"diff", one, two}, {"diff", two, one}} {
				out := a.spectap(append(args, "--format", "markdown")...).stdout
				plain := regexp.MustCompile("`[^`|]*`|\\\\.").ReplaceAllString(out, "") // without code and escapes
				if at := regexp.MustCompile(`@\w|(^|[^&])#\d|://\w|www\.\w|\]\(|<[a-z!/]|&lt;b&gt;|^# b`).FindString(plain); at != "" {
					a.breach("%s in Markdown: %q", at, out)
				}
				for line := range strings.Lines(out) {
					if n := len(regexp.MustCompile(`\\.|[^|]`).ReplaceAllString(line, "")); strings.HasPrefix(line, "|") && n != 6 && n != 5 {
						a.breach("a line of a table has other cells: %q", line)
					}
				}
				d := xml.NewDecoder(strings.NewReader(a.spectap(append(args, "--format", "junit")...).stdout))
				for {
					token, err := d.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						a.breach("JUnit: %v", err)
						break
					}
					if e, ok := token.(xml.StartElement); ok && e.Name.Local == "testcase" && len(e.Attr) < 3 {
						a.breach("JUnit has a case of the document: %v", e)
					}
				}
			}
		})
	}
	try(t, "an audit", "calls a tool with a name of Markdown, and it is refused", "the report shows it as text", func(a *attack) {
		const name = "x|y` [a](https://evil.example) @octocat ##vso[task.x] <img src=x>\n::error::b"
		audit := a.dir + "/audit.jsonl"
		policy := a.file("p.yaml", "version: 1\ntools: {ghost: {}}\n")
		s := a.spectapWith(nil, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`+"\n"+
			`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":`+quoted(name)+`,"arguments":{}}}`+"\n"),
			"gateway", "--policy", policy, "--audit", audit, "--", binary, "serve", a.file("d.json", writing), "--base-url", "http://127.0.0.1:1")
		if _, err := os.Stat(audit); err != nil || !strings.Contains(a.read(audit), "octocat") {
			a.Fatalf("the call is not in the audit: %v %s%s", err, s.stdout, s.stderr)
		}
		for _, args := range [][]string{{"report"}, {"report", "--json"}, {"stats"}, {"tail"}} {
			out := a.spectap("audit", args[0], audit).stdout
			if at := obeyed.FindString(out); at != "" {
				a.breach("%s prints %q: %s", args, at, out)
			}
			if args[0] != "report" {
				continue
			}
			plain := regexp.MustCompile("`[^`|]*`").ReplaceAllString(out, "")
			a.excluding("the report", plain, "octocat", "evil.example", "<img")
		}
	})
}
