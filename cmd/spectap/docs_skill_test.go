package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
)

// realTools returns the arguments of each tool of mcp.
func realTools(t *testing.T) map[string][]string {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	dir := t.TempDir()
	agent := runAgent(t, "--db", dir+"/flows.db", "--ca-dir", dir+"/ca", "--allow", strings.Join(servecli.AllowGroups, ","), "--files", dir, "--send-to", "https://a.example")
	raw := must(json.Marshal(agent.request("tools/list", map[string]any{})["tools"]))
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

// TestDocsSkill checks the skill: its front matter is that of the Agent Skills format
// (https://agentskills.io/specification), each name of a tool or argument exists, and each tool is
// mentioned.
func TestDocsSkill(t *testing.T) {
	text := readFile(t, "../../docs/skill/SKILL.md")
	parts := strings.SplitN(string(text), "---\n", 3)
	if len(parts) != 3 || parts[0] != "" {
		t.Fatal("no front matter")
	}
	checkFrontMatter(t, parts[1])
	checkFrontMatter(t, strings.SplitN(string(readFile(t, "../../docs/skill/serve/SKILL.md")), "---\n", 3)[1])
	if words := len(strings.Fields(parts[2])); words > 700 {
		t.Errorf("%d words: a model reads all of them", words)
	}
	tools := realTools(t)
	arguments := []string{}
	for _, list := range tools {
		arguments = append(arguments, list...)
	}
	mentioned := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z_]+)(?:: [^`]*)?`").FindAllStringSubmatch(parts[2], -1) {
		if _, isTool := tools[m[1]]; !isTool && !slices.Contains(arguments, m[1]) {
			t.Errorf("%s is neither a tool nor an argument", m[1])
		}
		mentioned[m[1]] = true
	}
	for name := range tools {
		if !mentioned[name] {
			t.Errorf("%s is not mentioned", name)
		}
	}
}

// checkFrontMatter checks the fields that the format demands, and that there are no others.
func checkFrontMatter(t *testing.T, text string) {
	t.Helper()
	fields := map[string]string{}
	for line := range strings.Lines(strings.ReplaceAll(text, "\n  ", " ")) { // a scalar in several lines
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.ContainsAny(value[:1], `"'[{>|&*!%@`) || strings.Contains(value, ": ") || strings.Contains(value, " #") {
			t.Errorf("%q is no plain scalar of YAML", line)
		}
		fields[name] = value
	}
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(fields["name"]) || len(fields["name"]) > 64 {
		t.Errorf("name %q", fields["name"])
	}
	for field, limit := range map[string]int{"description": 1024, "compatibility": 500, "license": 100} {
		if n := len(fields[field]); n == 0 || n > limit {
			t.Errorf("%s has %d characters, the limit is %d", field, n, limit)
		}
	}
	if len(fields) != 4 {
		t.Errorf("the fields are %v", fields)
	}
}
