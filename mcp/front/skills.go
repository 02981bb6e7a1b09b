package front

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// skillsOf returns the URIs of the skills among the resources of a server, and makes a server that
// has some declare the extension.
func skillsOf(m *server.MCPServer) []string {
	uris := slices.DeleteFunc(slices.Sorted(maps.Keys(m.ListResources())), func(uri string) bool {
		return !strings.HasPrefix(uri, "skill://") || !strings.HasSuffix(uri, "/SKILL.md")
	})
	if len(uris) > 0 {
		server.WithExtensions(map[string]any{"io.modelcontextprotocol/skills": map[string]any{}})(m)
	}
	return uris
}

// answerSkills answers a request of the extension for skills (SEP-2640), which the library does not
// know, by the texts of the resources, which have no further files.
// https://modelcontextprotocol.io/extensions/skills
func (c *connection) answerSkills(ctx context.Context, m *jsonrpc.Message) (answer *jsonrpc.Message, failed bool) {
	params, _ := rawjson.Split(m.Params) // nil without parameters
	asked := rawjson.String(rawjson.Get(params, "uri"))
	entries := []any{}
	for _, uri := range c.skills {
		if m.Method == "skills/get" && uri != asked {
			continue
		}
		read, failed := c.handle(ctx, jsonrpc.Request(m.ID, "resources/read", rawjson.Join(rawjson.Set(params, "uri", jsonvalue.Encode(uri)))))
		if failed {
			return read, true
		}
		contents, _ := rawjson.Elements(rawjson.At(read.Result, "contents"))
		text := rawjson.String(rawjson.At(contents[0], "text"))
		file := map[string]any{"uri": uri, "digest": fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))), "size": len(text)}
		entries = append(entries, map[string]any{"uri": uri, "frontmatter": frontMatter(text), "resources": []any{file}})
	}
	result := map[string]any{jsonrpc.MemberType: "complete", "ttlMs": 0, "cacheScope": "private"} // in older revisions too
	if m.Method == "skills/list" {
		result["skills"] = entries
	} else if len(entries) == 0 {
		return jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidParams, "unknown skill", nil), true
	} else {
		result["skill"] = entries[0]
	}
	return jsonrpc.Response(m.ID, jsontext.Value(jsonvalue.Encode(result))), false
}

// frontMatter returns the fields of a SKILL.md, which are plain scalars of YAML.
func frontMatter(text string) map[string]string {
	fields := map[string]string{}
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\n  ", " "), "\n") { // a scalar in several lines
		name, value, _ := strings.Cut(line, ": ")
		fields[name] = value
	}
	return fields
}
