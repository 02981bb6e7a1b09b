package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/front"
)

// mountPolicy is a policy in force, and the paths of the mounts that it is for.
type mountPolicy struct {
	*enforcing
	bases []string
}

// name returns what people call a mount, "" for a document alone.
func (m mount) name() string { return strings.TrimPrefix(m.base, "/") }

// dividePolicies sets the policies that --policy names: FILE for all documents, /base=FILE for one
// mount. Every mount has one then, and every policy a mount.
func (f *serveFlags) dividePolicies() error {
	mounts, err := parseMounts(f.mounts)
	if err != nil {
		return err
	}
	e := &f.enforced
	e.policy, e.own = "", map[string]string{}
	for _, a := range f.policies {
		base, file, isOwn := strings.Cut(a, "=")
		if isOwn = isOwn && strings.HasPrefix(a, "/") && mounts != nil; !isOwn {
			base, file = "", a
		}
		base = strings.TrimRight(base, "/")
		switch {
		case file == "":
			return &misuse{fmt.Errorf("--policy %q: must be FILE, or /base=FILE with --mount /base=SPEC", a)}
		case !isOwn && e.policy != "":
			return &misuse{fmt.Errorf("--policy %s: another policy is for all documents; write --policy /base=%s for a mount", a, a)}
		case !isOwn:
			e.policy = file
		case !slices.ContainsFunc(mounts, func(m mount) bool { return m.base == base }):
			return &misuse{fmt.Errorf("--policy %s: no --mount has the path %s", a, base)}
		case e.own[base] != "":
			return &misuse{fmt.Errorf("--policy %s: %s has another policy", a, base)}
		default:
			e.own[base] = file
		}
	}
	if len(e.own) == 0 {
		return nil
	}
	if e.policy != "" && len(e.own) == len(mounts) {
		return &misuse{fmt.Errorf("--policy %s has no effect: each mount has a policy of its own", e.policy)}
	}
	for _, m := range mounts {
		if e.policy == "" && e.own[m.base] == "" {
			return &misuse{fmt.Errorf("--mount %s has no policy, and others have one: add --policy %s=FILE, or --policy FILE for all without one",
				m.base, m.base)}
		}
	}
	return nil
}

// enforce puts the policies of --policy in force, and --require-approval. A dry run only shows what
// they show.
func (s *serving) enforce(ctx context.Context, mounts []mount, log *slog.Logger) error {
	f := s.f.enforced
	if !f.isEnforced() {
		return nil
	}
	if s.f.dry.run {
		f.audit, f.state, f.values, f.held, f.channels = "", "", false, "", channelFlags{}
	}
	if err := f.openApprovals(s.p.stderr); err != nil {
		return err
	}
	s.points = map[string]*enforcement.Point{}
	if len(f.own) < len(mounts) {
		e, err := s.enforceOne(ctx, &f)
		if err != nil {
			return err
		}
		var bases []string
		for _, m := range mounts {
			switch {
			case f.own[m.base] != "":
				continue
			case m.base == "":
				s.points[m.base] = f.point(e.guard)
			default:
				s.points[m.base] = f.point(e.guard.Named(m.name()))
			}
			bases = append(bases, m.base)
		}
		s.policies = append(s.policies, mountPolicy{e, bases})
	}
	for _, m := range mounts {
		if f.own[m.base] == "" {
			continue
		}
		own := f.ofMount(m)
		e, err := s.enforceOne(ctx, &own)
		if err != nil {
			return fmt.Errorf("the policy of --mount %s: %w", m.base, err)
		}
		s.points[m.base] = own.point(e.guard)
		s.policies = append(s.policies, mountPolicy{e, []string{m.base}})
	}
	end, err := s.p.openChannels(ctx, &f.channels, f.approvals, log)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, end)
	return nil
}

// ofMount returns the flags of a mount that has a policy of its own. Its counters are in a file of
// their own, because policies may use the same names; taints are shared.
func (f *policyFlags) ofMount(m mount) policyFlags {
	own := *f
	own.policy, own.own, own.name, own.server = f.own[m.base], nil, m.name(), m.name()
	if f.state != "" {
		own.state, own.taints = f.state+".mount-"+url.PathEscape(m.name()), f.state+".taints"
	}
	return own
}

// enforceOne puts a policy in force, beside those that are.
func (s *serving) enforceOne(ctx context.Context, f *policyFlags) (e *enforcing, err error) {
	if len(s.policies) == 0 {
		e, err = s.p.enforcePolicy(ctx, f)
	} else {
		e, err = s.p.enforceBeside(ctx, f, s.policies[0].enforcing, f.name)
	}
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { e.close() }) // the audit may end without its last record
	return e, nil
}

// reloadPolicies replaces policies when their files change, until ctx ends. The clients of their
// mounts are told.
func (s *serving) reloadPolicies(ctx context.Context, servers map[string]*server.MCPServer, log *slog.Logger) {
	for _, p := range s.policies {
		of := make(map[string]*server.MCPServer)
		for _, base := range p.bases {
			of[base+front.DefaultPath] = servers[base+front.DefaultPath]
		}
		logged := log
		if p.name != "" {
			logged = log.With("mount", p.bases[0])
		}
		go p.reload(ctx, logged, toolsChanged(of))
	}
}
