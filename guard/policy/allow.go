package policy

import (
	"context"
	"fmt"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Allow returns the text of a policy that allows a tool: if the policy does not list it, by a new
// entry. Comments and order stay. So does what a person wrote: if that denies the tool, the error
// says by which rule.
func Allow(ctx context.Context, name string, text []byte, tool string) ([]byte, error) {
	for added := false; ; added = true {
		p, err := Load(ctx, name, text)
		if err != nil {
			return nil, err
		}
		d := p.Decide(&Call{Kind: Tool, Name: tool, Time: time.Now()})
		if d.Allowed {
			return text, nil
		}
		t, err := yamledit.Parse(ctx, text)
		if err != nil {
			return nil, err
		}
		tools := yamledit.Get(t.Root, "tools")
		switch entry := yamledit.Mapping(yamledit.String(tool), empty()); {
		case added || d.Rule != RuleDefaultDeny || pattern(tool).isGlob():
			return nil, fmt.Errorf("%s denies the operation, or some calls of it", d.Rule)
		case tools == nil:
			t.Root.Content = append(t.Root.Content, yamledit.String("tools"), entry)
		case tools.Kind == yaml.MappingNode && tools.Anchor == "": // else YAML may share it
			tools.Content = append(tools.Content, entry.Content...)
		}
		if text, err = t.Write(ctx); err != nil {
			return nil, err
		}
	}
}
