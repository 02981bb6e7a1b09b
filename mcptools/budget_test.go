package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// longResult has a placeholder in each line.
type longResult struct {
	tool.Untrusted
	Text string `json:"text"`
}

// TestEveryAnswerHasABudget gives each tool a long answer, and reads on as it says.
func TestEveryAnswerHasABudget(t *testing.T) {
	long := longResult{tool.Notice(), ""}
	for i := range 3000 {
		long.Text += fmt.Sprintf("line %d [redacted:jwt:0123456789]\n", i)
	}
	next := regexp.MustCompile(`call (\w+) again with the same arguments and cursor (~\d+)\.`)
	s := connect(t, newStore(t))
	for _, def := range s.tools {
		p := tool.Paged(tool.Tool{Name: def.Name, Run: func(context.Context, tool.Args) (any, error) { return long, nil }})
		args, pages := tool.Args{}, 0
		for ; pages < 9; pages++ {
			v := must(p.Run(t.Context(), args))
			checkBudget(t, p.Name, v)
			res, _ := tool.Success(p.Name, v)
			m := next.FindStringSubmatch(mcp.GetTextFromContent(res.Content[0]))
			if m == nil {
				break
			}
			args = tool.Args{"cursor": m[2]}
		}
		if pages < 2 || pages == 9 {
			t.Errorf("%s: %d pages", p.Name, pages)
		}
		if def.InputSchema.Properties["cursor"] == nil {
			t.Errorf("%s: no cursor", p.Name)
		}
		for _, wrong := range []string{"~0", "~-1", "~9223372036854775807", "~2~3", "abc"} {
			if _, err := p.Run(t.Context(), tool.Args{"cursor": wrong}); err == nil {
				t.Errorf("%s: cursor %s is accepted", p.Name, wrong)
			}
		}
	}
	checkBudget(t, "a tool with effects", long)
}

func checkBudget(t *testing.T, name string, v any) {
	t.Helper()
	res := must(tool.Success(name, v))
	text := mcp.GetTextFromContent(res.Content[0])
	data, _ := res.StructuredContent.(json.RawMessage)
	if len(text) > view.MaxText || len(data) > view.MaxData || !json.Valid(data) {
		t.Errorf("%s: %d bytes of text, %d of data", name, len(text), len(data))
	}
	if strings.Count(text, "[redacted:") != strings.Count(text, ":0123456789]") {
		t.Errorf("%s: a placeholder is cut", name)
	}
}
