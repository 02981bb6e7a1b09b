package attack

import (
	"cmp"
	"regexp"
	"slices"
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
