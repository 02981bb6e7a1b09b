package serve

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/desktop/mcpb"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
)

const packLong = `Writes an MCP bundle of spectap serve with SPEC and the other flags of this command. Claude Desktop
and other clients install it by a double click. It contains the document, the files of --policy and
--pins, and a script that starts the spectap of the user's machine.

A bundle has no credentials. The client asks its user for those of the document's security schemes,
keeps them as secrets, and passes them in variables of the environment.

The same input gives the same bytes.`

const packExample = `  spectap serve pack api.yaml --base-url https://api.example.com -o shop.mcpb
  spectap serve pack api.yaml --base-url https://api.example.com --policy policy.yaml --pins pins.json -o shop.mcpb`

// launcher starts the spectap of the user's machine. Clients of a desktop have a short PATH.
//
//go:embed launcher.sh
var launcher []byte

const launcherName = "server/spectap.sh"

// packFlags are the flags of pack in addition to those of the server.
type packFlags struct{ out, name string }

var packOwn = []string{"out", "overwrite", "name", "policy", "pins", "help"}

func newPackCmd(p *cli.Program) *cobra.Command {
	var f packFlags
	var serve Flags
	cmd := &cobra.Command{
		Use:     "pack [SPEC]",
		Short:   "Write a bundle that MCP clients install by a double click",
		Long:    packLong,
		Example: packExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.out == "":
				return cli.Usagef(cmd, "%s needs -o FILE", cmd.CommandPath())
			case len(args) == 0:
				return cli.Usagef(cmd, "%s takes a document", cmd.CommandPath())
			case args[0] == "-" || cli.IsURL(args[0]):
				return cli.WithHint(cli.Misusef("%s takes a document in a file", cmd.CommandPath()), "curl -o api.yaml URL")
			}
			if err := serve.check(cmd); err != nil {
				return err
			}
			return f.run(cmd, p, &serve, args[0])
		},
	}
	serve.register(cmd)
	p.AddRefs(cmd)
	p.AddOut(cmd, &f.out, "write the bundle to this `file`, such as shop.mcpb")
	fl := cmd.Flags()
	fl.StringVar(&f.name, "name", "", "`name` of the server (default: that of the document's file)")
	hideNotInstalled(fl)
	return cli.EndsAtOnce(cmd)
}

// run writes a bundle.
func (f *packFlags) run(cmd *cobra.Command, p *cli.Program, serve *Flags, spec string) error {
	m, files, err := f.bundle(cmd, p, serve, spec)
	if err != nil {
		return err
	}
	data, err := mcpb.Write(m, files)
	if err != nil {
		return err
	}
	if err := p.WriteOut(cmd.Context(), "bundle", f.out, data); err != nil {
		return err
	}
	p.Say("spectap: %s: %s %s, %s, sha256 %s", f.out, m.Name, m.Version, cli.Plural(len(m.Tools), "tool"), mcpb.Sum(data))
	for _, key := range slices.Sorted(maps.Keys(m.UserConfig)) {
		p.Say("  the client asks for: %s", m.UserConfig[key].Title)
	}
	return nil
}

// bundle returns the manifest and the other files of a bundle.
func (f *packFlags) bundle(cmd *cobra.Command, p *cli.Program, serve *Flags, spec string) (m mcpb.Manifest, files []mcpb.File, err error) {
	ctx := cmd.Context()
	r, doc, err := document.Load(ctx, p, spec, "")
	if err != nil {
		return m, nil, err
	}
	const dir = "${__dirname}/"
	name := "api" + filepath.Ext(spec)
	files = append(files, mcpb.File{Name: name, Data: r.Text})
	args := []string{"serve", dir + name}
	for _, x := range []struct{ flag, value, name string }{
		{"policy", strings.Join(serve.policies, ","), "policy.yaml"}, {"pins", serve.pins, "pins.json"},
	} {
		switch {
		case x.value == "":
			continue
		case x.flag == "policy" && strings.HasPrefix(x.value, "builtin:"):
			args = append(args, "--policy", x.value)
			continue
		}
		text, err := cli.ReadFile(x.value, cli.MaxInput)
		if errors.Is(err, os.ErrNotExist) && x.flag == "pins" {
			return m, nil, cli.WithHint(fmt.Errorf("--pins: %w", err),
				"spectap serve "+cli.QuoteArg(spec)+" --pins "+cli.QuoteArg(x.value)+" </dev/null   # pins the tools as they are")
		}
		if err != nil {
			return m, nil, fmt.Errorf("--%s: %w", x.flag, err)
		}
		files = append(files, mcpb.File{Name: x.name, Data: text})
		args = append(args, "--"+x.flag, dir+x.name)
	}
	more, err := f.serverFlags(cmd)
	if err != nil {
		return m, nil, err
	}
	tools, signIn, err := toolsOf(ctx, p, serve, spec)
	if err != nil {
		return m, nil, err
	}
	m = f.describe(spec, doc, serve.baseURL)
	m.Tools = tools
	m.UserConfig, m.Server.Config.Env = options(doc, signIn)
	args = append(args, more...)
	m.Server.EntryPoint = launcherName
	m.Server.Config.Command, m.Server.Config.Args = "/bin/sh", append([]string{dir + launcherName}, args...)
	m.Server.Config.Overrides = map[string]mcpb.Command{"win32": {Command: "spectap", Args: args}}
	m.Compatibility.Platforms = []string{"darwin", "linux", "win32"}
	return m, append(files, mcpb.File{Name: launcherName, Data: launcher, Executable: true}), nil
}

// serverFlags returns the flags of the command line that are the server's. They must not name other
// files of this machine.
func (f *packFlags) serverFlags(cmd *cobra.Command) (args []string, err error) {
	cmd.Flags().Visit(func(fl *pflag.Flag) {
		if slices.Contains(packOwn, fl.Name) || err != nil {
			return
		}
		if v := secretVariables[fl.Name]; v != "" {
			err = cli.Misusef("--%s would put a secret into the bundle: the client asks its user for it", fl.Name)
			return
		}
		kind, _ := pflag.UnquoteUsage(fl)
		isFile := strings.Contains(strings.ToLower(kind), "file") || strings.EqualFold(kind, "folder")
		if isFile || slices.Contains(notInstalled, fl.Name) || slices.Contains([]string{"host", "credential-command", "watch"}, fl.Name) {
			err = cli.Misusef("--%s: a bundle has a document, --policy and --pins, and needs nothing else of this machine", fl.Name)
			return
		}
		values, verr := flagValues(cmd, fl)
		err = verr
		for _, v := range values {
			args = append(args, "--"+fl.Name+"="+v)
		}
	})
	if fl := cmd.Flags().Lookup("base-url"); err == nil && !fl.Changed && fl.Value.String() != "" {
		args = append(args, "--base-url="+fl.Value.String()) // of the environment
		err = withoutSecret("--base-url", fl.Value.String())
	}
	return args, err
}

// toolsOf returns the tools that the server would list, and the variables that --sign-in reads. It
// also finds wrong flags early.
func toolsOf(ctx context.Context, p *cli.Program, f *Flags, spec string) (tools []mcpb.Tool, signIn []string, err error) {
	log, err := p.Logger()
	if err != nil {
		return nil, nil, err
	}
	f.dry.run, f.pins = true, "" // a dry run writes nothing
	mounts := []Mount{{Spec: spec}}
	s := &Serving{P: p, F: f, signIn: func(variable string) string {
		signIn = append(signIn, variable)
		return "x"
	}}
	defer s.close()
	if err := errors.Join(f.secrets.check(mounts), s.setOptions(ctx), s.setServerOptions(), s.enforce(ctx, mounts, log)); err != nil {
		return nil, nil, err
	}
	set, err := s.ToolSet(ctx, mounts[0])
	if err != nil {
		return nil, nil, err
	}
	defer set.Close()
	if err := errors.Join(checkNamed("confirm", f.policy.Confirm, []*spectools.Set{set}), f.filter.unknown()); err != nil {
		return nil, nil, err
	}
	for _, t := range set.Shown() {
		first, _, _ := strings.Cut(t.Description, "\n")
		tools = append(tools, mcpb.Tool{Name: t.Name, Description: first})
	}
	return tools, signIn, nil
}

var semver = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// describe returns a manifest with the metadata of the document, whose texts clients show when they
// ask whether to install it.
func (f *packFlags) describe(spec string, doc *openapi3.T, base string) mcpb.Manifest {
	m := mcpb.Manifest{Name: strings.ToLower(cmp.Or(f.name, nameOfDocument(spec), "api")), Version: "1.0.0", ToolsGenerated: true}
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	if info := doc.Info; info != nil {
		m.DisplayName = openapi.CleanLine(info.Title)
		m.Description, _, _ = strings.Cut(openapi.CleanText(info.Description), "\n")
		if semver.MatchString(info.Version) {
			m.Version = info.Version
		}
		if info.Contact != nil {
			m.Author.Name = openapi.CleanLine(info.Contact.Name)
		}
	}
	m.Author.Name = cmp.Or(m.Author.Name, host, m.Name)
	m.Description = cmp.Or(m.Description, "Guarded tools for "+cmp.Or(m.DisplayName, host, m.Name))
	return m
}

// options returns the values that the client asks its user for, and the variables in which it
// passes them: one secret for each security scheme, two for OAuth2 with client credentials, and the
// variables that --sign-in reads.
func options(doc *openapi3.T, signIn []string) (asked map[string]mcpb.Option, env map[string]string) {
	asked, env = map[string]mcpb.Option{}, map[string]string{}
	ask := func(variable, title, description string, required bool) {
		key := strings.ToLower(strings.TrimPrefix(variable, "SPECTAP_AUTH_"))
		o := mcpb.Option{Type: "string", Title: title, Sensitive: true, Required: required, Description: description}
		if !required {
			o.Default = new(string) // else clients pass the name of the option as its value
		}
		asked[key], env[variable] = o, "${user_config."+key+"}"
	}
	for _, v := range signIn {
		ask(v, "Sign in: "+strings.ToLower(strings.TrimPrefix(v, "SPECTAP_AUTH_SIGN_IN_")), "Sent only with the request that signs in.", false)
	}
	if doc.Components == nil {
		return asked, env
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		ref := doc.Components.SecuritySchemes[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		s := ref.Value
		add := func(suffix, what string) {
			ask(credential.Variable(name)+suffix, what+" ("+name+")",
				cmp.Or(openapi.CleanText(s.Description), "Sent only with operations that require "+name+"."), isRequired(doc, name))
		}
		switch {
		case s.Type == "apiKey":
			add("", "API key")
		case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
			add("", "User:password")
		case s.Type == "oauth2" && s.Flows != nil && s.Flows.ClientCredentials != nil:
			add("_CLIENT_ID", "Client ID")
			add("_CLIENT_SECRET", "Client secret")
		case s.Type == "http", s.Type == "oauth2", s.Type == "openIdConnect":
			add("", "Token")
		}
	}
	return asked, env
}

// isRequired reports whether each operation without a rule of its own requires a scheme.
func isRequired(doc *openapi3.T, name string) bool {
	for _, alternative := range doc.Security {
		if _, ok := alternative[name]; !ok {
			return false
		}
	}
	return len(doc.Security) > 0
}
