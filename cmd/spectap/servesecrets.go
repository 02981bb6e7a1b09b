package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/mcptools/spectools"
)

// secretFlags say where credentials come from, beside the environment.
type secretFlags struct {
	files, commands map[string]string
	caller          []string
}

func (f *secretFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringToStringVar(&f.files, "credential-file", nil, "take a scheme's credential from a file, as `SCHEME=FILE`; read for each call (repeatable)")
	fl.StringToStringVar(&f.commands, "credential-command", nil, "take it from what a command prints, as `SCHEME=COMMAND`; split at spaces, no shell, kept for a minute (repeatable)")
	fl.StringSliceVar(&f.caller, "caller-credentials", nil, "with --http: take it from a header of the MCP caller's request, as `SCHEME or SCHEME=HEADER` (default X-Upstream-SCHEME); the configured one is not used then")
}

// callers reads --caller-credentials.
func (f *secretFlags) callers() (spectools.CallerCredentials, error) {
	if len(f.caller) == 0 {
		return nil, nil
	}
	out := make(spectools.CallerCredentials)
	for _, a := range f.caller {
		scheme, header, ok := strings.Cut(a, "=")
		if !ok {
			header = "X-Upstream-" + scheme
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

// credentials of one mount: file, command, OAuth2, environment.
func (s *serving) credentials(m mount) spectools.Credentials {
	name := strings.Trim(m.base, "/")
	get := os.Getenv
	if name != "" {
		// OAuth2 and the environment look for SPECTAP_AUTH_<SCHEME>…; of a mount, its name comes between.
		get = func(v string) string {
			rest, ok := strings.CutPrefix(v, "SPECTAP_AUTH_")
			if !ok {
				return ""
			}
			return os.Getenv(spectools.Variable(name) + "_" + rest)
		}
	}
	oauth := &spectools.OAuth2{Get: get, Egress: s.options.Egress}
	if s.options.BaseURL != "" {
		oauth.Egress.Named = []string{s.options.BaseURL}
	}
	return spectools.Chain{fromFiles(s.f.secrets.files), newCommands(s.f.secrets.commands), oauth, spectools.Environment{Get: get}}
}

// fromFiles reads credentials from files, each time, so that they can be exchanged.
type fromFiles map[string]string

func (f fromFiles) Credential(_ context.Context, name string, _ *openapi3.SecurityScheme) (spectools.Secret, bool, error) {
	path, ok := f[name]
	if !ok {
		return "", false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false, fmt.Errorf("read the credential: %w", err)
	}
	return spectools.Secret(strings.TrimSpace(string(data))), true, nil
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
	value spectools.Secret
	until time.Time
}

func newCommands(commands map[string]string) *fromCommands {
	return &fromCommands{commands: commands, turn: make(chan struct{}, 1), kept: make(map[string]keptSecret)}
}

func (f *fromCommands) Credential(ctx context.Context, name string, _ *openapi3.SecurityScheme) (spectools.Secret, bool, error) {
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
	v := spectools.Secret(strings.TrimSpace(out.String()))
	f.kept[name] = keptSecret{v, time.Now().Add(commandKept)}
	return v, v != "", nil
}
