package traffic

import (
	"context"
	"fmt"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/authdetect"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
)

// AuthResult describes how clients authenticate.
type AuthResult struct {
	tool.Untrusted
	Types    []string                    `json:"detected_auth_types" jsonschema_description:"of oauth2, jwt, bearer_token, basic_auth, api_key, session_cookie, csrf"`
	Details  map[string]authdetect.Found `json:"details" jsonschema_description:"by type"`
	Searched int                         `json:"searched" jsonschema_description:"flows examined"`
	Total    int64                       `json:"total" jsonschema_description:"flows in the capture"`
	Complete bool                        `json:"complete" jsonschema_description:"all requested flows were examined; if false, call again"`
}

func (r AuthResult) Continuation(name string) string {
	if r.Complete {
		return ""
	}
	return fmt.Sprintf("%d of %d flows were examined so far; the search continues in the background: "+
		"call %s again, which waits for the rest.", r.Searched, r.Total, name)
}

func (s *Tools) detectAuth() tool.Tool {
	params := []tool.Param{
		{Name: "flow_ids", Kind: tool.FlowIDs, Doc: "examine these flows only. Default: all"},
		source.DomainParam,
	}
	return tool.New("detect_auth_pattern", "How clients authenticate",
		"Finds how clients authenticate: which headers, cookies, parameters and token endpoints carry credentials, "+
			"and in which flows.",
		params, s.auth)
}

func (s *Tools) auth(ctx context.Context, a tool.Args) (AuthResult, error) {
	st, err := s.Store.Stat(ctx)
	if err != nil {
		return AuthResult{}, err
	}
	out := AuthResult{
		Untrusted: tool.Notice(), Types: []string{}, Details: map[string]authdetect.Found{},
		Total: st.Flows, Complete: true,
	}
	if a.Has("flow_ids") {
		err = s.authOfFlows(ctx, a, &out)
	} else {
		err = s.authOfAll(ctx, a, st.Last, &out)
	}
	if err != nil {
		return AuthResult{}, err
	}
	for typ, d := range out.Details {
		slices.Sort(d.Signals)
		slices.Sort(d.Flows)
		out.Types = append(out.Types, typ)
	}
	slices.Sort(out.Types)
	return out, nil
}

// authOfFlows examines the flows that the call names.
func (s *Tools) authOfFlows(ctx context.Context, a tool.Args, out *AuthResult) error {
	for _, id := range a.Flows("flow_ids") {
		f, err := s.Flow(ctx, id)
		if err != nil {
			return err
		}
		out.Searched++
		for typ, signals := range authdetect.Detect(&f) {
			d := out.Details[typ]
			d.Add(signals, uint64(f.Seq))
			out.Details[typ] = d
		}
	}
	return nil
}

// authOfAll takes the findings from the index, which it waits for. last is the newest record.
func (s *Tools) authOfAll(ctx context.Context, a tool.Args, last flow.Seq, out *AuthResult) error {
	hosts, err := s.Hosts(ctx, a.String("domain"))
	if err != nil {
		return err
	}
	stop := s.Report(ctx, func() int64 { n, _ := s.Index.Covered(last); return int64(n) })
	err = s.Index.Wait(ctx, s.TimeLeft(ctx))
	if stop(); err != nil {
		return err
	}
	out.Searched, out.Complete = s.Index.Covered(last)
	s.facts.findings.Sum(hosts, out.Details)
	return nil
}
