package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

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

func newGrantCmd(p *program) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "grant",
		Short:   "Say who may use a gateway: names and tokens",
		Long:    grantLong,
		Example: grantExample,
		Args:    knownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&path, "grants", "", "the `file` of the grants, as given to spectap gateway (required)")
	open := func(cmd *cobra.Command) (*grant.Book, error) {
		if path == "" {
			return nil, lackingf(cmd, "--grants is missing: name the file that spectap gateway --grants reads")
		}
		b, err := grant.Open(path)
		if err != nil {
			return nil, err
		}
		b.By, err = thisUser()
		return b, err
	}
	cmd.AddCommand(
		newGrantAddCmd(p, open), endsAtOnce(newGrantListCmd(p, open)),
		newGrantRotateCmd(p, open), newGrantRevokeCmd(p, open),
	)
	return cmd
}

// grantsPath returns the file that --grants names.
func grantsPath(cmd *cobra.Command) string { return cmd.Flags().Lookup("grants").Value.String() }

// openGrants opens the file that --grants names.
type openGrants func(cmd *cobra.Command) (*grant.Book, error)

func newGrantAddCmd(p *program, open openGrants) *cobra.Command {
	var policyPath string
	var expires time.Duration
	var tools, claims []string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a grant and print its token, once",
		Example: `  spectap grant add --grants grants.json ci --tools 'read_*' --expires 30d
  spectap grant add --grants grants.json ops --claim groups=ops --claim scope=write`,
		Long: `Adds a grant and prints its token on stdout. The token is not kept and cannot be printed again;
spectap grant rotate makes another one. With --claim there is no token. An access token that fits
several grants has that with the most claims, and of those the first by name.`,
		Args: exactly(1, "the name of the grant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := open(cmd)
			if err != nil {
				return err
			}
			g := grant.Grant{Name: args[0], Tools: tools}
			for _, c := range claims {
				name, value, ok := strings.Cut(c, "=")
				if !ok || name == "" || value == "" {
					return usagef(cmd, "--claim %s: write NAME=VALUE, as in groups=ops or scope=write", c)
				}
				g.Claims = append(g.Claims, grant.Claim{Name: name, Value: value})
			}
			now := time.Now()
			if cmd.Flags().Changed("expires") {
				if expires <= 0 {
					return usagef(cmd, "--expires must be more than 0, such as 12h or 30d")
				}
				g.Expires = now.UTC().Add(expires).Truncate(time.Second)
			}
			if policyPath != "" {
				if g.Policy, err = filepath.Abs(policyPath); err != nil {
					return err
				}
				if _, err := p.loadPolicy(cmd.Context(), g.Policy); err != nil {
					return err
				}
			}
			token, err := b.Add(g, now)
			return p.printToken(args[0], token, grantHint(cmd, b, args[0], err))
		},
	}
	f := cmd.Flags()
	f.StringVar(&policyPath, "policy", "", "the `file` of a policy for this grant (default: that of the gateway)")
	timeVar(f, &expires, "expires", 0, "refuse the token after this `time`: 12h, 30d (default: never)")
	f.StringArrayVar(&claims, "claim", nil,
		"instead of a token: for access tokens of an OAuth issuer with this `NAME=VALUE`, as groups=ops or scope=write; repeatable")
	f.StringArrayVar(&tools, "tools", nil, "let only tools that match this `pattern` be called, such as 'read_*'; repeatable")
	return cmd
}

// printToken prints a token on stdout, for a script or for a person to copy.
func (p *program) printToken(name, token string, err error) error {
	if err != nil {
		return err
	}
	if token == "" {
		fmt.Fprintf(p.stderr, "%s is for access tokens with these claims, and has no token\n", name)
		return nil
	}
	fmt.Fprintf(p.stderr, "the token of %s, which is not printed again; clients send it as Authorization: Bearer TOKEN\n", name)
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

func newGrantListCmd(p *program, open openGrants) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List the grants",
		Example: "  spectap grant ls --grants grants.json",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := open(cmd)
			if err != nil {
				return err
			}
			all, err := b.List()
			if err != nil {
				return err
			}
			rows := []grantRow{}
			for i := range all {
				rows = append(rows, rowOfGrant(&all[i], time.Now()))
			}
			if asJSON {
				return p.printIndentedJSON(rows)
			}
			list := p.newRows()
			for _, r := range rows {
				if err := list.text(r.line(list)); err != nil {
					return err
				}
			}
			if len(rows) == 0 {
				path, none := grantsPath(cmd), ""
				if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
					none = ": " + path + " does not exist"
				}
				p.say("there are no grants%s; spectap grant add NAME --grants %s adds one", none, quoteArg(path))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// grantRow is a grant as it is printed: without its hash.
type grantRow struct {
	Name    string        `json:"name"`
	Created time.Time     `json:"created"`
	Expires time.Time     `json:"expires,omitzero"`
	Expired bool          `json:"expired"`
	Claims  []grant.Claim `json:"claims,omitempty"`
	Policy  string        `json:"policy,omitempty"`
	Tools   []string      `json:"tools,omitempty"`
}

func rowOfGrant(g *grant.Grant, now time.Time) grantRow {
	return grantRow{g.Name, g.Created, g.Expires, g.IsExpired(now), g.Claims, g.Policy, g.Tools}
}

// line returns the grant as a line of a list.
func (r *grantRow) line(list *rows) string {
	line := fmt.Sprintf("%-20s  since %s", r.Name, list.minute(r.Created))
	switch {
	case r.Expired:
		line += "  EXPIRED " + list.minute(r.Expires)
	case !r.Expires.IsZero():
		line += "  until " + list.minute(r.Expires)
	}
	for _, c := range r.Claims {
		line += "  claim " + c.Name + "=" + c.Value
	}
	if r.Policy != "" {
		line += "  policy " + r.Policy
	}
	if len(r.Tools) > 0 {
		line += "  tools " + strings.Join(r.Tools, " ")
	}
	return line
}

func newGrantRotateCmd(p *program, open openGrants) *cobra.Command {
	return &cobra.Command{
		Use:     "rotate NAME",
		Short:   "Replace the token of a grant, and print the new one once",
		Example: "  spectap grant rotate --grants grants.json ci",
		Args:    exactly(1, "the name of the grant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := open(cmd)
			if err != nil {
				return err
			}
			token, err := b.Rotate(args[0], time.Now())
			return p.printToken(args[0], token, grantHint(cmd, b, args[0], err))
		},
	}
}

func newGrantRevokeCmd(p *program, open openGrants) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke NAME",
		Short:   "Remove a grant and end its sessions",
		Example: "  spectap grant revoke --grants grants.json ci",
		Args:    exactly(1, "the name of the grant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := open(cmd)
			if err != nil {
				return err
			}
			if err := b.Revoke(args[0], time.Now()); err != nil {
				return grantHint(cmd, b, args[0], err)
			}
			fmt.Fprintf(p.stderr, "%s: revoked\n", args[0])
			return nil
		},
	}
}
