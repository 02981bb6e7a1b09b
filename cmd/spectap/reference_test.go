package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/openapi/lint"
)

var update = flag.Bool("update", false, "write the generated pages")

// TestReference makes the pages of the reference, and checks that no row of their tables lacks its
// meaning. "make reference" writes them to docs/reference, for the site.
func TestReference(t *testing.T) {
	helpOfDefaults(t)
	pages := map[string]string{
		"environment.md":   environmentPage(),
		"exit-statuses.md": exitStatusesPage(),
		"configuration.md": configurationPage(t),
		"lint-rules.md":    lintRulesPage(),
		"filter.md":        filterPage(),
		"tools.md":         toolsPage(t),
	}
	root := newRootCmd(&cli.Program{})
	pages["commands.md"] = commandsPage(root)
	for _, c := range commandsOf(root) {
		pages["commands/"+c.Name()+".md"] = commandPage(c)
	}
	for name, page := range pages {
		for row := range strings.Lines(page) {
			cells := strings.Split(row, " | ")
			if len(cells) > 1 && strings.Trim(cells[len(cells)-1], " |\n") == "" && name != "filter.md" {
				t.Errorf("%s: a row without a meaning: %s", name, row)
			}
		}
	}
	if !*update {
		return
	}
	folder := filepath.Join("..", "..", "docs", "reference")
	noError(t, os.RemoveAll(folder)) // pages of commands that are gone
	for name, page := range pages {
		path := filepath.Join(folder, filepath.FromSlash(name))
		noError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		noError(t, os.WriteFile(path, []byte(page), 0o644))
	}
}

// commandsOf returns the commands that a person can call, in the order of their names.
func commandsOf(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() || c.Name() == "help"
	})
}

const generated = "<!-- Generated from the code by \"make reference\". -->\n\n"

func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(generated + "# Commands\n\n| command | what it does |\n| --- | --- |\n")
	for _, c := range commandsOf(root) {
		fmt.Fprintf(&b, "| [`spectap %s`](commands/%s.md) | %s |\n", c.Name(), c.Name(), tableCell(c.Short))
	}
	b.WriteString("\n## Flags of all commands\n")
	flagTable(&b, flagRows(root.PersistentFlags()))
	b.WriteString("\nSee also [exit statuses](exit-statuses.md) and [environment variables](environment.md).\n")
	return b.String()
}

func commandPage(c *cobra.Command) string {
	var b strings.Builder
	b.WriteString(generated)
	describeCommand(&b, c, "#", nil)
	b.WriteString("\nThe [flags of all commands](../commands.md#flags-of-all-commands) can be given too.\n")
	return b.String()
}

// describeCommand writes a command and those below it. The headings begin with level. Flags whose
// rows are in common were written before.
func describeCommand(b *strings.Builder, c *cobra.Command, level string, common []string) {
	fmt.Fprintf(b, "%s %s\n\n%s", level, c.CommandPath(), strings.TrimSuffix(c.Short, "."))
	if c.Runnable() {
		c.LocalFlags() // merges those of the commands above
		fmt.Fprintf(b, ": `%s`", c.UseLine())
	}
	b.WriteString(".\n")
	if c.Long != "" {
		fmt.Fprintf(b, "\n```text\n%s\n```\n", strings.Trim(c.Long, "\n"))
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.Trim(c.Example, "\n"))
	}
	var own, names []string
	for _, row := range flagRows(c.NonInheritedFlags()) {
		if slices.Contains(common, row) {
			name, _, _ := strings.Cut(row, " | ")
			names = append(names, strings.TrimPrefix(name, "| "))
			continue
		}
		own = append(own, row)
	}
	flagTable(b, own)
	if len(names) > 0 {
		fmt.Fprintf(b, "\nAlso, as above: %s.\n", strings.Join(names, ", "))
	}
	shared := sharedRows(c)
	if len(shared) > 0 {
		b.WriteString("\nFlags of several commands below:\n")
		flagTable(b, shared)
	}
	for _, sub := range commandsOf(c) {
		b.WriteString("\n")
		describeCommand(b, sub, level+"#", append(shared, common...))
	}
}

// sharedRows returns the rows of flags that three commands below c have, or more.
func sharedRows(c *cobra.Command) []string {
	count := map[string]int{}
	for _, sub := range commandsOf(c) {
		for _, row := range flagRows(sub.NonInheritedFlags()) {
			count[row]++
		}
	}
	maps.DeleteFunc(count, func(_ string, n int) bool { return n < 3 })
	return slices.Sorted(maps.Keys(count))
}

func flagTable(b *strings.Builder, rows []string) {
	if len(rows) > 0 {
		fmt.Fprintf(b, "\n| flag | meaning |\n| --- | --- |\n%s", strings.Join(rows, ""))
	}
}

// flagRows returns a row of a table for each flag, with what its usage says.
func flagRows(flags *pflag.FlagSet) []string {
	var rows []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "`--" + f.Name
		if value != "" {
			name += " " + value
		}
		name += "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		if d := f.DefValue; d != "" && d != "false" && d != "[]" && d != "0" && d != "0s" {
			usage += fmt.Sprintf(" (default %s)", d)
		}
		rows = append(rows, fmt.Sprintf("| %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), tableCell(usage)))
	})
	return rows
}

// tableCell returns a text for a cell of a table: a site generator must not take anything for
// markup.
func tableCell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "{{", "{ {").Replace(s)
}

func environmentPage() string {
	var b strings.Builder
	b.WriteString(generated + "# Environment variables\n\nA flag comes before its variable.\n")
	for _, part := range []struct {
		title string
		all   []variable
	}{{"Of spectap", variables}, {"Of the system and of other programs", standardVariables}} {
		fmt.Fprintf(&b, "\n## %s\n\n| variable | meaning |\n| --- | --- |\n", part.title)
		for _, v := range part.all {
			fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, tableCell(v.meaning))
		}
	}
	return b.String()
}

func exitStatusesPage() string {
	var b strings.Builder
	b.WriteString(generated + "# Exit statuses\n\n| status | meaning |\n| --- | --- |\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, "| %s | %s |\n", s.status, tableCell(s.meaning))
	}
	b.WriteString("\n`spectap run` exits with the status of the command that it runs.\n")
	return b.String()
}

// configurationPage lists the members of the structs that the configuration file is read into.
func configurationPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString(generated + "# Configuration keys\n\n[configuration.md](../configuration.md) says where the file is, and what comes before it.\n\n" +
		"| key | meaning |\n| --- | --- |\n")
	for _, part := range []struct{ prefix, file, name string }{
		{"redact[].", "../../flow/redact/userrules.go", "Rule"},
		{"proxy.", "../../cmd/spectap/cli/config.go", "proxyConfig"},
	} {
		for _, f := range structFields(t, part.file, part.name) {
			if f.Tag != nil && strings.Contains(f.Tag.Value, `"-"`) {
				continue // no key
			}
			if f.Doc == nil || f.Tag == nil {
				t.Fatalf("%s: %s: a member without a comment or a tag", part.file, part.name)
			}
			key := regexp.MustCompile(`yaml:"(\w+)"`).FindStringSubmatch(f.Tag.Value)[1]
			about := strings.TrimPrefix(f.Doc.Text(), f.Names[0].Name+" is ")
			fmt.Fprintf(&b, "| `%s%s` | %s |\n", part.prefix, key, tableCell(about))
		}
	}
	return b.String()
}

func structFields(t *testing.T, file, name string) []*ast.Field {
	t.Helper()
	tree := must(parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments))
	var out []*ast.Field
	ast.Inspect(tree, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name == name {
			out = spec.Type.(*ast.StructType).Fields.List
		}
		return out == nil
	})
	if out == nil {
		t.Fatalf("%s has no struct %s", file, name)
	}
	return out
}

func lintRulesPage() string {
	var b strings.Builder
	b.WriteString(generated + "# Lint rules\n\n`spectap lint` reports all, `spectap validate` the errors. Rules without a summary of their own are those of\n" +
		"kin-openapi, which are named after what the specification requires.\n\n| rule | severity | what is wrong | what to do |\n| --- | --- | --- | --- |\n")
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, r.Severity, tableCell(r.Summary), tableCell(r.Advice))
	}
	return b.String()
}

func filterPage() string {
	var b strings.Builder
	b.WriteString(generated + "# Fields of filters\n\n[filter.md](../filter.md) explains the language and each field with examples.\n\n" +
		"| field | value | such as |\n| --- | --- | --- |\n")
	for _, f := range filter.Fields() {
		values := ""
		for _, v := range f.Values {
			values += " `" + v + "`"
		}
		fmt.Fprintf(&b, "| `%s:` | %s | %s |\n", f.Name, tableCell(f.Wants), strings.TrimSpace(values))
	}
	return b.String()
}

// toolsPage lists the tools of an MCP server with all groups.
func toolsPage(t *testing.T) string {
	t.Setenv(cli.ConfigEnv, "")
	dir := t.TempDir()
	all := strings.Join(servecli.AllowGroups, ",")
	c := client.NewClient(transport.NewStdio("spectap", os.Environ(), "mcp", "--db", filepath.Join(dir, "flows.db"), "--ca-dir", dir, "--allow", all, "--files", dir, "--send-to", "https://a.example"))
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(t.Context()))
	must(c.Initialize(t.Context(), mcp.InitializeRequest{}))
	list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
	var b bytes.Buffer
	b.WriteString(generated + "# Tools\n\nThe tools of `spectap mcp` with all groups of `--allow`. [tools.md](../tools.md) says which group enables which tool.\n")
	for _, tool := range list.Tools {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", tool.Name, tableCell(tool.Description))
		if len(tool.InputSchema.Properties) == 0 {
			continue
		}
		b.WriteString("\n| argument | type | meaning |\n| --- | --- | --- |\n")
		names := make([]string, 0, len(tool.InputSchema.Properties))
		for name := range tool.InputSchema.Properties {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			star := ""
			if slices.Contains(tool.InputSchema.Required, name) {
				star = " (required)"
			}
			schema, _ := tool.InputSchema.Properties[name].(map[string]any)
			about, _ := schema["description"].(string)
			fmt.Fprintf(&b, "| `%s`%s | %s | %s |\n", name, star, tableCell(schemaType(schema)), tableCell(about))
		}
	}
	return b.String()
}

// schemaType returns the type of a schema in words.
func schemaType(schema map[string]any) string {
	switch kind := schema["type"].(type) {
	case string:
		if values, ok := schema["enum"].([]any); ok {
			return strings.Trim(fmt.Sprint(values), "[]")
		}
		return kind
	case []any:
		var all []string
		for _, k := range kind {
			all = append(all, fmt.Sprint(k))
		}
		return strings.Join(all, " or ")
	}
	return "any"
}

// variableForms find the variables in a source: calls that read one, names of our own, and the
// folders of the library xdg.
var variableForms = regexp.MustCompile(`(?:Getenv|LookupEnv|\be\.or)\("(\w+)"|"(SPECTAP_\w*[A-Z])"|xdg\.(State|Cache|Data|Config)Home`)

// TestEnvironment checks that the topic names each variable that the program reads.
func TestEnvironment(t *testing.T) {
	known := map[string]bool{
		"no_proxy": true, "WAYLAND_DISPLAY": true, "APPDATA": true, // named beside others
		"SPECTAP_CORPORA": true, "SPECTAP": true, // of tests
	}
	for _, v := range append(slices.Clone(variables), standardVariables...) {
		known[v.name] = true
	}
	read := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "attack"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range variableForms.FindAllSubmatch(text, -1) {
			name := string(m[1]) + string(m[2])
			if len(m[3]) > 0 {
				name = "XDG_" + strings.ToUpper(string(m[3])) + "_HOME"
			}
			read++
			if !known[name] {
				t.Errorf("%s reads %s, which environment.go does not name", path, name)
			}
		}
		return err
	})
	if err != nil || read < 40 {
		t.Errorf("found only %d variables: %v", read, err)
	}
}
