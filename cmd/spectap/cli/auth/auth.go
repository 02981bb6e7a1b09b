// Package auth has the command auth, and lets other commands use the tokens of people who signed in
// at the OAuth issuer of a server. Read auth.go first.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/signin"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/upstream"
)

const authLong = `Signs you in at the OAuth issuer of a server, and keeps the tokens for spectap client, for
spectap gateway --upstream-login, and for spectap serve --login. They are in a file of yours with
mode 0600, are sent to this server alone, and are renewed until the issuer ends the sign-in.
docs/access.md says more.`

const authExample = `  spectap auth login https://mcp.example.com/mcp
  spectap auth ls
  spectap auth logout https://mcp.example.com/mcp`

// SecretVariable holds the secret of the client of auth login.
const SecretVariable = "SPECTAP_CLIENT_SECRET"

// NewCmd returns the command auth.
func NewCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "auth",
		Short:   "Sign in at the OAuth issuer of a server",
		Long:    authLong,
		Example: authExample,
	}
	return cli.Group(cmd, newLoginCmd(p), cli.EndsAtOnce(newListCmd(p)), newLogoutCmd(p))
}

// store returns where the tokens of this user are.
func store() *signin.Store {
	return &signin.Store{Folder: filepath.Join(xdg.DataHome, "spectap", "tokens"), UserAgent: "spectap/" + cli.Version()}
}

func newLoginCmd(p *cli.Program) *cobra.Command {
	var c signin.Config
	var noOpen bool
	cmd := &cobra.Command{
		Use:   "login URL",
		Short: "Sign in, in a browser or with a code",
		Long: `Signs you in for the server with this URL. Its metadata names the issuer, whose page is opened in
your browser. The browser brings the answer to a port on 127.0.0.1. Over ssh, forward a port of your
machine and name it with --port, or use --device if the issuer supports that.`,
		Example: `  spectap auth login https://mcp.example.com/mcp
  spectap auth login https://mcp.example.com/mcp --scope read --client-id 4f1c
  spectap auth login https://mcp.example.com/mcp --device      # without a browser on this machine
  spectap auth login https://mcp.example.com/mcp --port 8976   # with ssh -L 8976:127.0.0.1:8976 HOST`,
		Args: cli.Exactly(1, "the URL of a server"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Server, c.Secret = args[0], os.Getenv(SecretVariable)
			if c.Secret != "" && c.ClientID == "" {
				return cli.Usagef(cmd, "%s needs --client-id", SecretVariable)
			}
			c.Typed = []string{c.Server, cmp.Or(c.Issuer, c.Server)}
			g, err := signIn(cmd.Context(), p, c, !noOpen)
			if err != nil {
				return err
			}
			return p.NewRows().Text(line(&g.Shown))
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Issuer, "issuer", "", "the `URL` of the issuer, which may have a private address (default: that in the server's metadata)")
	f.StringVar(&c.ClientID, "client-id", "",
		"the `id` of a client that is registered at the issuer, or the URL of its metadata; its secret is in "+SecretVariable+" (default: register one)")
	f.StringArrayVar(&c.Scopes, "scope", nil, "ask for this `scope` (repeatable; default: those that the server names)")
	f.BoolVar(&c.Device, "device", false, "show a code to type in the browser of another machine")
	f.IntVar(&c.Port, "port", 0, "wait on this `port` of 127.0.0.1 for the browser (default: a free one)")
	f.BoolVar(&noOpen, "no-open", false, "print the URL to open, and open no browser")
	return cmd
}

// signIn lets a person sign in, who sees on stderr where.
func signIn(ctx context.Context, p *cli.Program, c signin.Config, open bool) (*signin.Grant, error) {
	c.HasBrowser = cli.HasBrowser() || !open
	c.Show = func(x signin.Prompt) {
		fmt.Fprintf(p.Stderr, "to sign in for %s, open this URL:\n  %s\n", visible.Line(signin.Canonical(c.Server)), visible.Line(x.URL))
		switch {
		case x.Code != "":
			fmt.Fprintf(p.Stderr, "the code is %s\n", visible.Line(x.Code))
		case !cli.HasBrowser():
			fmt.Fprintf(p.Stderr, "to open it on another machine, forward the port there first: ssh -L %d:127.0.0.1:%d HOST\n", x.Port, x.Port)
		}
		if open && cli.HasBrowser() {
			cli.OpenBrowser(x.URL)
		}
	}
	g, err := store().SignIn(ctx, c)
	login := "spectap auth login " + cli.QuoteArg(signin.Canonical(c.Server))
	switch {
	case errors.Is(err, signin.ErrNoClient):
		err = cli.WithHint(err, login+" --client-id ID   # of a client that is registered there with the redirect http://127.0.0.1/callback")
	case errors.Is(err, egress.ErrAddress), errors.Is(err, signin.ErrNoIssuer), errors.Is(err, signin.ErrSecret):
		err = cli.WithHint(err, login+" --issuer URL   # of an issuer that you trust")
	}
	return g, err
}

// Source returns the tokens for the server and the issuer of c.
func Source(c *signin.Config) *signin.Source {
	return &signin.Source{Store: store(), Server: c.Server, By: cmp.Or(c.Issuer, c.Endpoints.TokenURL)}
}

// Kept returns the token for a server if a person has signed in, or else nil.
func Kept(server string) (upstream.Credential, error) {
	source := Source(&signin.Config{Server: server})
	g, err := source.Grant()
	if g == nil || err != nil {
		return nil, err
	}
	return token.New(source, ""), nil
}

// Token returns the token for the server of c. If there is none that can be used, or if the server
// has refused it, Token lets a person sign in first.
func Token(ctx context.Context, p *cli.Program, c signin.Config, header string, refused bool) (*token.Token, error) {
	t := token.New(Source(&c), header)
	_, err := t.Get(ctx)
	if refused || errors.As(err, new(*signin.MissingError)) {
		_, err = signIn(ctx, p, c, true)
		t = token.New(Source(&c), header) // the other one keeps its error for a while
	}
	return t, err
}

func newListCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List where you are signed in",
		Example: "  spectap auth ls",
		RunE: func(*cobra.Command, []string) error {
			kept, err := store().List()
			if err != nil && len(kept) == 0 {
				return err
			}
			all := make([]signin.Shown, len(kept))
			for i := range kept {
				all[i] = kept[i].Shown
			}
			return cmp.Or(cli.PrintList(p, all, "nobody is signed in; spectap auth login URL does that",
				func(list *cli.Rows, g *signin.Shown) error { return list.Text(line(g)) }), err)
		},
	}
	p.AddJSON(cmd, "print JSON")
	return cmd
}

func line(g *signin.Shown) string {
	line := g.Server
	if g.Issuer != "" {
		line += "  by " + g.Issuer
	}
	if len(g.Scopes) > 0 {
		line += "  scopes " + strings.Join(g.Scopes, " ")
	}
	if !g.Renews && !g.Expires.IsZero() {
		line += "  until " + g.Expires.Local().Format("2006-01-02 15:04")
	}
	return line
}

func newLogoutCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:     "logout URL",
		Short:   "Remove the tokens for a server, and let the issuer revoke them",
		Example: "  spectap auth logout https://mcp.example.com/mcp",
		Args:    cli.Exactly(1, "the URL of a server"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s := store()
			for out := false; ; out = true {
				g, err := s.Find(args[0], "")
				switch {
				case err != nil:
					return err
				case g == nil && !out:
					return cli.WithHint(fmt.Errorf("nobody is signed in for %s", egress.WithoutUser(args[0])), "spectap auth ls")
				case g == nil:
					return nil
				}
				if err := s.SignOut(cmd.Context(), g); err != nil {
					return fmt.Errorf("sign out at %s: %w", g.Server, err)
				}
				fmt.Fprintf(p.Stderr, "%s: signed out\n", visible.Line(g.Server))
			}
		},
	}
}
