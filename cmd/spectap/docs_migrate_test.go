package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
)

// What docs/migrate.md must name: the tools and flags of the programs that users come from.
var (
	theirTools = strings.Fields(`start_proxy stop_proxy set_scope list_tools get_traffic_summary inspect_flow inspect_flows
search_traffic get_flow_schema clear_traffic load_traffic_file extract_from_flow set_session_variable
extract_session_variable add_interception_rule list_rules clear_rules set_global_header remove_global_header replay_flow
fuzz_endpoint get_api_patterns export_openapi_spec detect_auth_pattern generate_scraper_code`)
	theirFlags = strings.Fields(`--port --host --allow-remote-bind --auto-start --upstream-proxy --dump-file --web --web-port
--web-host --extended --api-key --bearer-token --basic-auth --base-url --http --http-transport --include-desc-regex
--exclude-desc-regex --tag --tool-name-format --dry-run --summary --diff --doc --doc-format --post-hook-cmd
--no-confirm-dangerous --mount --function-list-file --log-file --no-log-truncation --quiet --machine`)
)

var codeSpan = regexp.MustCompile("`([^`]+)`")

// codeOf returns the texts in code style.
func codeOf(text string) []string {
	var out []string
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// realTools returns the arguments of each tool of mcp with these flags.
func realTools(t *testing.T, flags ...string) map[string][]string {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	dir := t.TempDir()
	agent := runAgent(t, append(flags, "--db", dir+"/flows.db", "--ca-dir", dir+"/ca", "--allow", strings.Join(servecli.AllowGroups, ","), "--files", dir, "--send-to", "https://a.example")...)
	raw, err := json.Marshal(agent.request("tools/list", map[string]any{})["tools"])
	noError(t, err)
	var tools []struct {
		Name   string
		Schema struct{ Properties map[string]any } `json:"inputSchema"`
	}
	noError(t, json.Unmarshal(raw, &tools))
	out := map[string][]string{}
	for _, tool := range tools {
		out[tool.Name] = []string{}
		for name := range tool.Schema.Properties {
			out[tool.Name] = append(out[tool.Name], name)
		}
	}
	return out
}

// flagInUsage finds the name of a flag at the start of its line.
var flagInUsage = regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z0-9-]+)`)

// helpTexts returns the help of all commands, and whether a flag of that name exists.
func helpTexts() (text string, flags map[string]bool) {
	var b strings.Builder
	flags = map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		b.WriteString(c.Long)
		usage := c.Flags().FlagUsages() + c.PersistentFlags().FlagUsages()
		b.WriteString(" " + usage)
		for _, m := range flagInUsage.FindAllStringSubmatch(usage, -1) {
			flags[m[1]] = true
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd(&cli.Program{}))
	return b.String(), flags
}

// TestDocsMigrate compares the names in docs/migrate.md with the tools, flags and variables of the
// program.
func TestDocsMigrate(t *testing.T) {
	page := readFile(t, "../../docs/migrate.md")
	tools := realTools(t, "--compat", "mitmproxy-mcp")
	if len(tools) != len(theirTools) {
		t.Errorf("--compat offers %d tools", len(tools))
	}
	help, flags := helpTexts()
	var there []string
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 5 && strings.Contains(cells[1], "`") {
			there = append(there, codeOf(cells[1])...)
			if name, _, ok := strings.Cut(strings.Trim(cells[1], " `"), "("); ok && slices.Contains(theirTools, name) {
				checkToolRow(t, tools, cells)
				continue
			}
			checkFlagRow(t, help, cells)
		}
		if len(cells) > 1 { // the first column has names of others
			line = strings.Join(cells[2:], "|")
		}
		for _, span := range codeOf(line) {
			if strings.HasPrefix(span, "--") && !flags[span] {
				t.Errorf("docs/migrate.md: no command has the flag %s", span)
			}
		}
	}
	for _, name := range theirTools {
		if !slices.ContainsFunc(there, func(s string) bool { return strings.HasPrefix(s, name+"(") }) {
			t.Errorf("docs/migrate.md does not list the tool %s", name)
		}
	}
	for _, name := range theirFlags {
		if !slices.Contains(there, name) {
			t.Errorf("docs/migrate.md does not list the flag %s", name)
		}
	}
}

// checkToolRow checks a row of a tool: `name(arguments there)`, `name` `arguments here`,
// differences.
func checkToolRow(t *testing.T, tools map[string][]string, cells []string) {
	t.Helper()
	name, list, _ := strings.Cut(strings.Trim(cells[1], " `)"), "(")
	here := codeOf(cells[2])
	if len(here) == 0 || here[0] != name || tools[name] == nil {
		t.Errorf("docs/migrate.md: %s is %q here; there is a tool of that name: %v", name, here, tools[name] != nil)
		return
	}
	for _, argument := range here[1:] {
		if !slices.Contains(tools[name], argument) {
			t.Errorf("docs/migrate.md: %s has no argument %s", name, argument)
		}
	}
	for argument := range strings.SplitSeq(list, ", ") {
		has, said := slices.Contains(here, argument), slices.Contains(codeOf(cells[3]), argument)
		if argument != "" && !has && !said {
			t.Errorf("docs/migrate.md: what becomes of the argument %s of %s?", argument, name)
		}
	}
}

// checkFlagRow checks that the second cell of a row has only command lines that parse and variables
// that the help explains.
func checkFlagRow(t *testing.T, help string, cells []string) {
	t.Helper()
	for _, span := range codeOf(cells[2]) {
		if regexp.MustCompile(`^[A-Z][A-Z_]+$`).MatchString(span) {
			if !strings.Contains(help, span) {
				t.Errorf("docs/migrate.md: no help explains the variable %s", span)
			}
			continue
		}
		if err := parseLine("spectap " + span); err != nil {
			t.Errorf("docs/migrate.md: %q: %v", span, err)
		}
	}
}

// TestDocsMigrateClient checks the commands of the shell that docs/migrate.md names.
func TestDocsMigrateClient(t *testing.T) {
	page := readFile(t, "../../docs/migrate.md")
	_, section, _ := strings.Cut(string(page), "The shell takes ")
	section, _, _ = strings.Cut(section, "|")
	named := codeOf(section)
	executable, err := os.Executable()
	noError(t, err)
	link := t.TempDir() + "/spectap"
	noError(t, os.Symlink(executable, link))
	t.Setenv(cli.ConfigEnv, "")
	var out, errs bytes.Buffer
	args := []string{"client", "--json", "--exec", "help", "--", link, "mcp", "--allow", "rules", "--db", t.TempDir() + "/s.db"}
	if s := run(context.Background(), args, strings.NewReader(""), &out, &errs); s != cli.ExitFine {
		t.Fatalf("exit %d: %s", s, &errs)
	}
	var got struct{ Commands []string }
	noError(t, json.Unmarshal(out.Bytes(), &got))
	slices.Sort(named)
	slices.Sort(got.Commands)
	if !slices.Equal(named, got.Commands) {
		t.Errorf("docs/migrate.md names %v, the shell has %v", named, got.Commands)
	}
}
