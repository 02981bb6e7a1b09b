package gateway

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/guard/grant"
)

const grantLong = `Says who may use a gateway that listens with --http --grants FILE, and what for. A grant is a name
with a token of its own, which is printed once. The file has keyed hashes only. A grant with --claim
has no token: it is for the access tokens of spectap gateway --oauth-issuer that have these claims. A
running gateway follows at once: the sessions of a grant that is revoked, rotated or expired end
within a second.`

const grantExample = `  spectap grant add --grants grants.json ci --tools 'read_*' --expires 30d
  spectap grant add --grants grants.json anna --policy anna.yaml
  spectap grant add --grants grants.json ops --claim groups=ops --claim scope=write
  spectap grant ls --grants grants.json
  spectap grant revoke --grants grants.json ci`

// NewGrantCmd returns the command grant.
func NewGrantCmd(p *cli.Program) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "grant",
		Short:   "Say who may use a gateway: names and tokens",
		Long:    grantLong,
		Example: grantExample,
	}
	cmd.PersistentFlags().StringVar(&path, "grants", "", "the `file` of the grants, as given to spectap gateway (required)")
	open := opener[*grant.Book](func(cmd *cobra.Command) (*grant.Book, error) {
		if path == "" {
			return nil, cli.Lackingf(cmd, "--grants is missing: name the file that spectap gateway --grants reads")
		}
		b, err := grant.Open(path)
		if err != nil {
			return nil, err
		}
		b.By, err = cli.ThisUser()
		return b, err
	})
	return cli.Group(cmd,
		newGrantAddCmd(p, open), cli.EndsAtOnce(newGrantListCmd(p, open)),
		newGrantRotateCmd(p, open), newGrantRevokeCmd(p, open),
	)
}

// grantsPath returns the file that --grants names.
func grantsPath(cmd *cobra.Command) string { return cmd.Flags().Lookup("grants").Value.String() }

func newGrantAddCmd(p *cli.Program, open opener[*grant.Book]) *cobra.Command {
	var policyPath string
	var expires time.Duration
	var servers, tools, claims []string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a grant and print its token, once",
		Example: `  spectap grant add --grants grants.json ci --tools 'read_*' --expires 30d
  spectap grant add --grants grants.json ops --claim groups=ops --claim scope=write`,
		Long: `Adds a grant and prints its token on stdout. The token is not kept and cannot be printed again;
spectap grant rotate makes another one. With --claim there is no token. An access token that fits
several grants has that with the most claims, and of those the first by name.`,
		Args: cli.Exactly(1, "the name of the grant"),
		RunE: open.run(func(cmd *cobra.Command, b *grant.Book, args []string) error {
			g := grant.Grant{Name: args[0], Servers: servers, Tools: tools}
			for _, c := range claims {
				name, value, ok := strings.Cut(c, "=")
				if !ok || name == "" || value == "" {
					return cli.Usagef(cmd, "--claim %s: write NAME=VALUE, as in groups=ops or scope=write", c)
				}
				g.Claims = append(g.Claims, grant.Claim{Name: name, Value: value})
			}
			now := time.Now()
			if cmd.Flags().Changed("expires") {
				if expires <= 0 {
					return cli.Usagef(cmd, "--expires must be more than 0, such as 12h or 30d")
				}
				g.Expires = now.UTC().Add(expires).Truncate(time.Second)
			}
			if policyPath != "" {
				g.Policy = Absolute(policyPath)
				if _, err := loadPolicy(cmd.Context(), p, g.Policy); err != nil {
					return err
				}
			}
			token, err := b.Add(g, now)
			return printToken(p, args[0], token, grantHint(cmd, args[0], err))
		}),
	}
	f := cmd.Flags()
	f.StringVar(&policyPath, "policy", "", "the `file` of a policy for this grant (default: that of the gateway)")
	flagset.TimeVar(f, &expires, "expires", 0, "refuse the token after this `time`: 12h, 30d (default: never)")
	f.StringArrayVar(&claims, "claim", nil,
		"instead of a token: for access tokens of an OAuth issuer with this `NAME=VALUE`, as groups=ops or scope=write; repeatable")
	f.StringArrayVar(&servers, "server", nil, "let only this server be used, by the `name` that spectap gateway status prints; repeatable")
	f.StringArrayVar(&tools, "tools", nil, "let only tools that match this `pattern` be called, such as 'read_*'; repeatable")
	return cmd
}

// printToken prints a token on stdout, for a script or for a person to copy.
func printToken(p *cli.Program, name, token string, err error) error {
	if err != nil {
		return err
	}
	if token == "" {
		fmt.Fprintf(p.Stderr, "%s is for access tokens with these claims, and has no token\n", name)
		return nil
	}
	fmt.Fprintf(p.Stderr, "the token of %s, which is not printed again; clients send it as Authorization: Bearer TOKEN\n", name)
	_, err = fmt.Fprintln(p.Stdout, token)
	return err
}

func newGrantListCmd(p *cli.Program, open opener[*grant.Book]) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:     "ls",
		Short:   "List the grants",
		Example: "  spectap grant ls --grants grants.json",
		RunE: open.run(func(cmd *cobra.Command, b *grant.Book, _ []string) error {
			all, err := b.List()
			if err != nil {
				return err
			}
			var rows []GrantRow
			for i := range all {
				rows = append(rows, rowOfGrant(&all[i], time.Now()))
			}
			none := "there are no grants; spectap grant add NAME --grants " + cli.QuoteArg(grantsPath(cmd)) + " adds one"
			return cli.PrintList(p, rows, none, func(list *cli.Rows, r *GrantRow) error { return list.Text(r.line(list)) })
		}),
	}, "print JSON")
}

// GrantRow is the printed form of a grant, without its hash.
type GrantRow struct {
	Name    string        `json:"name"`
	Created time.Time     `json:"created"`
	Expires time.Time     `json:"expires,omitzero"`
	Expired bool          `json:"expired"`
	Claims  []grant.Claim `json:"claims,omitempty"`
	Policy  string        `json:"policy,omitempty"`
	Servers []string      `json:"servers,omitempty"`
	Tools   []string      `json:"tools,omitempty"`
}

func rowOfGrant(g *grant.Grant, now time.Time) GrantRow {
	return GrantRow{g.Name, g.Created, g.Expires, g.IsExpired(now), g.Claims, g.Policy, g.Servers, g.Tools}
}

// line returns the grant as a line of a list.
func (r *GrantRow) line(list *cli.Rows) string {
	line := fmt.Sprintf("%-20s  since %s", r.Name, list.Minute(r.Created))
	switch {
	case r.Expired:
		line += "  EXPIRED " + list.Minute(r.Expires)
	case !r.Expires.IsZero():
		line += "  until " + list.Minute(r.Expires)
	}
	for _, c := range r.Claims {
		line += "  claim " + c.Name + "=" + c.Value
	}
	if r.Policy != "" {
		line += "  policy " + r.Policy
	}
	if len(r.Servers) > 0 {
		line += "  servers " + strings.Join(r.Servers, ", ")
	}
	if len(r.Tools) > 0 {
		line += "  tools " + strings.Join(r.Tools, " ")
	}
	return line
}

func newGrantRotateCmd(p *cli.Program, open opener[*grant.Book]) *cobra.Command {
	return &cobra.Command{
		Use:     "rotate NAME",
		Short:   "Replace the token of a grant, and print the new one once",
		Example: "  spectap grant rotate --grants grants.json ci",
		Args:    cli.Exactly(1, "the name of the grant"),
		RunE: open.run(func(cmd *cobra.Command, b *grant.Book, args []string) error {
			token, err := b.Rotate(args[0], time.Now())
			return printToken(p, args[0], token, grantHint(cmd, args[0], err))
		}),
	}
}

func newGrantRevokeCmd(p *cli.Program, open opener[*grant.Book]) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke NAME",
		Short:   "Remove a grant and end its sessions",
		Example: "  spectap grant revoke --grants grants.json ci",
		Args:    cli.Exactly(1, "the name of the grant"),
		RunE: open.run(func(cmd *cobra.Command, b *grant.Book, args []string) error {
			if err := b.Revoke(args[0], time.Now()); err != nil {
				return grantHint(cmd, args[0], err)
			}
			fmt.Fprintf(p.Stderr, "%s: revoked\n", args[0])
			return nil
		}),
	}
}

// grantHint adds a hint to the error of a command about a named grant.
func grantHint(cmd *cobra.Command, name string, err error) error {
	inFile := " --grants " + cli.QuoteArg(grantsPath(cmd))
	switch {
	case errors.Is(err, grant.ErrExists):
		return cli.WithHint(err, "spectap grant rotate "+cli.QuoteArg(name)+inFile+"   # a new token; grant revoke removes it")
	case errors.Is(err, grant.ErrName):
		return cli.WithHint(cli.Misused(err), "spectap grant add ci"+inFile)
	case errors.Is(err, grant.ErrTools):
		return cli.WithHint(cli.Misused(err), "--tools 'read_*'   # or no --tools, for all that the policy allows")
	case !errors.Is(err, grant.ErrNoGrant):
		return err
	}
	return cli.WithHint(err, "spectap grant ls"+inFile)
}
