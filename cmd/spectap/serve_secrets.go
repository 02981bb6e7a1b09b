package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// secretFlags say where credentials come from, beside the environment.
type secretFlags struct {
	files, commands map[string]string
	caller          []string
	tokenOrigins    []string
}

func (f *secretFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringToStringVar(&f.files, "credential-file", nil, "take a scheme's credential from a file, as `SCHEME=FILE`; read for each call; with --mount as /base/SCHEME=FILE (repeatable)")
	fl.StringToStringVar(&f.commands, "credential-command", nil, "take it from what a command prints, as `SCHEME=COMMAND`; split at spaces, no shell, kept for a minute; with --mount as /base/SCHEME=COMMAND (repeatable)")
	fl.StringSliceVar(&f.caller, "caller-credentials", nil, "with --http: take it from a header of the MCP caller's request, as `SCHEME or SCHEME=HEADER` (default X-Upstream-SCHEME), with --mount as /base/SCHEME…; the configured one is not used then")
	fl.StringSliceVar(&f.tokenOrigins, "token-origin", nil, "send OAuth2 client secrets to the document's token URL also at this `origin`, beside the API's own (repeatable)")
}

// check refuses what belongs to no mount, or with mounts to all of them: a credential of one API must not reach another.
func (f *secretFlags) check(mounts []mount) error {
	for _, o := range f.tokenOrigins {
		if u, err := url.Parse(o); err != nil || u.Path != "" && u.Path != "/" {
			return &misuse{fmt.Errorf("--token-origin %s: must be an origin, such as https://login.example.com", o)}
		} else if _, err := egress.Origin(u); err != nil {
			return &misuse{fmt.Errorf("--token-origin: %w", err)}
		}
	}
	callers, err := f.callers()
	if err != nil {
		return err
	}
	for flag, keys := range map[string]iter.Seq[string]{
		"credential-file": maps.Keys(f.files), "credential-command": maps.Keys(f.commands), "caller-credentials": maps.Keys(callers),
	} {
		for key := range keys {
			if !slices.ContainsFunc(mounts, func(m mount) bool { _, ok := m.scheme(key); return ok }) {
				if mounts[0].base == "" {
					return &misuse{fmt.Errorf("--%s %s: /base/SCHEME is for --mount", flag, key)}
				}
				return &misuse{fmt.Errorf("--%s %s: with --mount it must say whose, such as %s/SCHEME", flag, key, mounts[0].base)}
			}
		}
	}
	return nil
}

// scheme is the name of a security scheme in a flag's key, where the key is this mount's.
func (m mount) scheme(key string) (string, bool) {
	if m.base == "" {
		return key, !strings.Contains(key, "/")
	}
	scheme, ok := strings.CutPrefix(key, m.base+"/")
	return scheme, ok && !strings.Contains(scheme, "/")
}

// ofMount are the entries of a mount, by the names of schemes.
func ofMount[V any](m mount, all map[string]V) map[string]V {
	out := make(map[string]V)
	for key, v := range all {
		if scheme, ok := m.scheme(key); ok {
			out[scheme] = v
		}
	}
	return out
}

// callers reads --caller-credentials.
func (f *secretFlags) callers() (credential.Caller, error) {
	if len(f.caller) == 0 {
		return nil, nil
	}
	out := make(credential.Caller)
	for _, a := range f.caller {
		scheme, header, ok := strings.Cut(a, "=")
		if !ok {
			header = "X-Upstream-" + scheme[strings.LastIndexByte(scheme, '/')+1:]
		}
		if scheme == "" || header == "" || strings.ContainsAny(header, " :\r\n") {
			return nil, &misuse{fmt.Errorf("--caller-credentials %s: must be SCHEME or SCHEME=HEADER", a)}
		}
		if strings.EqualFold(header, "Authorization") {
			return nil, &misuse{fmt.Errorf("--caller-credentials %s: Authorization is for this server's own token", a)}
		}
		out[scheme] = header
	}
	return out, nil
}

// credentials of one mount: file, command, OAuth2, environment; and those of its callers. A flag that names a scheme which
// the document does not have is refused: the credential would never be sent.
func (s *serving) credentials(m mount, doc *openapi3.T) (credential.Source, credential.Caller, error) {
	f := &s.f.secrets
	callers, err := f.callers()
	if err != nil {
		return nil, nil, err
	}
	callers = ofMount(m, callers)
	files, commands := ofMount(m, f.files), ofMount(m, f.commands)
	for flag, names := range map[string]iter.Seq[string]{
		"credential-file": maps.Keys(files), "credential-command": maps.Keys(commands), "caller-credentials": maps.Keys(callers),
	} {
		for name := range names {
			if doc.Components == nil || doc.Components.SecuritySchemes[name] == nil {
				return nil, nil, &misuse{fmt.Errorf("--%s %s: the document has no security scheme of that name", flag, name)}
			}
		}
	}
	get := s.environment(m)
	if err := s.checkVariables(m, doc); err != nil {
		return nil, nil, err
	}
	oauth := &credential.OAuth2{Get: get, Origins: f.tokenOrigins, Egress: s.options.Egress}
	if s.options.BaseURL != "" {
		oauth.Egress.Named = []string{s.options.BaseURL}
	}
	return credential.Chain{fromFiles(files), newCommands(commands), oauth, credential.Environment{Get: get}}, callers, nil
}

// environment reads variables for one mount. OAuth2 and the environment look for SPECTAP_AUTH_<SCHEME>…; of a mount, its
// name comes between.
func (s *serving) environment(m mount) func(string) string {
	name := strings.Trim(m.base, "/")
	if name == "" {
		return os.Getenv
	}
	return func(v string) string {
		rest, ok := strings.CutPrefix(v, "SPECTAP_AUTH_")
		if !ok {
			return ""
		}
		return os.Getenv(credential.Variable(name) + "_" + rest)
	}
}

// checkVariables refuses a variable that is set and would be the credential of two schemes: which one is meant is not
// known, and the other's API must not see it.
func (s *serving) checkVariables(m mount, doc *openapi3.T) error {
	if doc.Components == nil {
		return nil
	}
	// A document that is read again may have others.
	maps.DeleteFunc(s.variables, func(_, whose string) bool { return whose[:strings.LastIndexByte(whose, '/')] == m.base })
	for _, scheme := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		v, whose := credential.Variable(scheme), m.base+"/"+scheme
		if name := strings.Trim(m.base, "/"); name != "" {
			v = credential.Variable(name + "/" + scheme)
		}
		if s.variables == nil {
			s.variables = make(map[string]string)
		}
		if other := s.variables[v]; other != "" && other != whose && os.Getenv(v) != "" {
			return &misuse{fmt.Errorf("%s is set, and could be for %s or for %s: --credential-file tells them apart", v, strings.TrimPrefix(other, "/"), strings.TrimPrefix(whose, "/"))}
		}
		s.variables[v] = whose
	}
	return nil
}

// fromFiles reads credentials from files, each time, so that they can be exchanged.
type fromFiles map[string]string

func (f fromFiles) Credential(_ context.Context, name string, _ *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	path, ok := f[name]
	if !ok {
		return "", false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false, fmt.Errorf("read the credential: %w", err)
	}
	return credential.Secret(strings.TrimSpace(string(data))), true, nil
}

// commandTime bounds a command that prints a credential, commandKept how long it is kept.
const (
	commandTime = 20 * time.Second
	commandKept = time.Minute
)

// fromCommands runs commands that print credentials.
type fromCommands struct {
	commands map[string]string
	turn     chan struct{} // one runs at a time; also guards kept
	kept     map[string]keptSecret
}

type keptSecret struct {
	value credential.Secret
	until time.Time
}

func newCommands(commands map[string]string) *fromCommands {
	return &fromCommands{commands: commands, turn: make(chan struct{}, 1), kept: make(map[string]keptSecret)}
}

func (f *fromCommands) Credential(ctx context.Context, name string, _ *openapi3.SecurityScheme) (credential.Secret, bool, error) {
	line := strings.Fields(f.commands[name])
	if len(line) == 0 {
		return "", false, nil
	}
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
	if k := f.kept[name]; time.Now().Before(k.until) {
		return k.value, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	var out bytes.Buffer
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Stdout = &out // what it says on stderr may hold the secret
	if err := c.Run(); err != nil {
		return "", false, fmt.Errorf("run %s: %w", line[0], err)
	}
	v := credential.Secret(strings.TrimSpace(out.String()))
	f.kept[name] = keptSecret{v, time.Now().Add(commandKept)}
	return v, v != "", nil
}

// Forget implements [credential.Forgetter]: the command runs again for the next call.
func (f *fromCommands) Forget(name string, s credential.Secret) {
	f.turn <- struct{}{}
	defer func() { <-f.turn }()
	if f.kept[name].value == s {
		delete(f.kept, name)
	}
}
