package gateway

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/audit"
)

const auditVerifyLong = `Checks the chain of hashes of an audit and of the files it was rotated to. The exit status is 3 if
it is broken, and the first broken record is printed. The chain itself has no key: it does not show
that records were cut off its end, or that the whole was written anew.

With --key it also checks the signatures that --audit-key of the gateway adds, and says which records
they vouch for. With --checkpoints it compares the audit with the signatures that were kept elsewhere,
so that a missing beginning or end is found: a file, a folder, or what a log of the system has of
them. Older files of a signed rotation may be removed or moved away.`

// maxUnsigned is the number of records that a killed process may leave unsigned. It includes those
// written while it signs.
const maxUnsigned = 2 * audit.DefaultEvery

func newAuditVerifyCmd(p *cli.Program) *cobra.Command {
	var keys, kept []string
	cmd := &cobra.Command{
		Use:   "verify AUDIT",
		Short: "Check that no record of an audit was changed, removed or inserted",
		Long:  auditVerifyLong,
		Example: `  spectap audit verify audit.jsonl
  spectap audit verify audit.jsonl --key audit.key.pub --checkpoints checkpoints.jsonl`,
		Args: cli.Exactly(1, "one audit"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(kept) > 0 && len(keys) == 0 {
				return cli.Usagef(cmd, "--checkpoints needs --key: without it, nobody knows who signed them")
			}
			trust, err := AuditTrust(p, keys, kept)
			if err != nil {
				return err
			}
			r, broken := audit.Verify(cmd.Context(), args[0], trust)
			if broken != nil && !audit.IsDamage(broken) {
				if r.Records == 0 && audit.NotLog(args[0]) != nil {
					return cli.WithHint(broken, auditFile)
				}
				return broken
			}
			found := broken != nil || len(keys) > 0 && isUnsigned(&r)
			switch {
			case p.JSON:
				err = p.PrintIndentedJSON(chainJSON(&r, broken, !found, len(keys) > 0))
			case broken != nil:
				fmt.Fprintln(p.Stdout, broken)
			default:
				printChain(p, &r)
				if len(keys) > 0 {
					printVouched(p, &r)
				} else if r.Others > 0 {
					fmt.Fprintf(p.Stderr, "%s: signatures are not checked, nor whether an end is missing, without --key\n",
						cli.Plural(r.Others, "checkpoint"))
				}
			}
			if err == nil && found {
				err = cli.ExitStatus(cli.ExitFound)
			}
			return err
		},
	}
	p.AddJSON(cmd, "print JSON")
	cmd.Flags().StringArrayVar(&keys, "key", nil, "the `file` of a public key that may have signed the audit; repeatable")
	cmd.Flags().StringArrayVar(&kept, "checkpoints", nil, "signatures that were kept elsewhere: a `file` or folder; repeatable")
	return cmd
}

// AuditTrust reads public keys and checkpoints.
func AuditTrust(p *cli.Program, keys, kept []string) (*audit.Trust, error) {
	t := &audit.Trust{}
	for _, name := range keys {
		data, err := cli.ReadFile(name, cli.MaxSettings)
		if err != nil {
			return nil, cli.NamedFile(name, fmt.Errorf("read the key %s: %w", name, cli.PlainPathError(err)))
		}
		key, err := audit.ParsePublic(data)
		if err != nil {
			return nil, fmt.Errorf("read the key %s: %w", name, err)
		}
		t.Keys = append(t.Keys, key)
	}
	for _, name := range kept {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`).Replace(name), "*.json")); err != nil {
				return nil, err
			}
		}
		found := 0
		for _, file := range files {
			data, err := cli.ReadFile(file, maxCheckpoints)
			if err != nil {
				return nil, fmt.Errorf("read the checkpoints %s: %w", file, cli.PlainPathError(err))
			}
			all, others := audit.ParseCheckpoints(string(data))
			if others > 0 {
				fmt.Fprintf(p.Stderr, "%s: no checkpoint in %s\n", file, cli.Plural(others, "line"))
			}
			found += len(all)
			t.Kept = append(t.Kept, all...)
		}
		if found == 0 {
			return nil, fmt.Errorf("%s has no checkpoints", name)
		}
	}
	return t, nil
}

// maxCheckpoints bounds a file of checkpoints, in bytes.
const maxCheckpoints = 256 << 20

// printChain prints the result of checking the chain.
func printChain(p *cli.Program, r *audit.Report) {
	fmt.Fprintf(p.Stderr, "%s in %s: the chain is intact\n", cli.Plural(int(r.Records), "record"), cli.Plural(r.Files, "file"))
	if r.First > 1 {
		why := "what was before it is missing"
		if r.Rotated {
			why = "older files were removed, and a key has signed their rotation"
		}
		fmt.Fprintf(p.Stderr, "it begins with record %d: %s\n", r.First, why)
	}
	if r.Incomplete > 0 {
		fmt.Fprintf(p.Stderr, "the last %d bytes are half a record, which a killed process leaves\n", r.Incomplete)
	}
}

// printVouched prints how much the signatures cover.
func printVouched(p *cli.Program, r *audit.Report) {
	if r.Others > 0 {
		fmt.Fprintf(p.Stderr, "%s of other keys, which count for nothing\n", cli.Plural(r.Others, "checkpoint"))
	}
	if r.Checkpoints == 0 || r.Vouched == 0 {
		fmt.Fprintln(p.Stdout, "no checkpoint of the key vouches for any record")
		return
	}
	fmt.Fprintf(p.Stderr, "%s: records %d to %d are vouched for, the last at %s\n", cli.Plural(r.Checkpoints, "checkpoint"), r.First, r.Vouched,
		r.At.UTC().Format(time.DateTime))
	for _, s := range r.Unvouched {
		what := "they were not signed before their process ended, or are of somebody else"
		if s.First == r.First {
			what = "they were there when the key was first used"
		} else if s.Last-s.First >= maxUnsigned {
			what = "they are more than a process that signs leaves"
		}
		fmt.Fprintf(p.Stdout, "but not records %d to %d: %s\n", s.First, s.Last, what)
	}
	if r.Last > r.Vouched+1 {
		fmt.Fprintf(p.Stdout, "nor those after it, %d to %d\n", r.Vouched+1, r.Last)
	}
}

// isUnsigned reports whether signatures cover less than a signing process guarantees.
func isUnsigned(r *audit.Report) bool {
	if r.Checkpoints == 0 || r.Vouched == 0 || r.Last > r.Vouched+1 && r.Last-r.Vouched >= maxUnsigned {
		return true
	}
	return slices.ContainsFunc(r.Unvouched, func(s audit.Span) bool { return s.First != r.First && s.Last-s.First >= maxUnsigned })
}

// chainJSON returns the result of audit verify as JSON. broken is the error of the chain.
func chainJSON(r *audit.Report, broken error, ok, signed bool) any {
	type span struct {
		First uint64 `json:"first"`
		Last  uint64 `json:"last"`
	}
	type signatures struct {
		Checkpoints int    `json:"checkpoints"`
		Others      int    `json:"others"`
		Vouched     uint64 `json:"vouched"` // the last record covered by a signature, 0 for none
		At          string `json:"at"`
		Unvouched   []span `json:"unvouched"`
	}
	out := struct {
		OK         bool        `json:"ok"`
		Error      string      `json:"error"`
		Files      int         `json:"files"`
		Records    uint64      `json:"records"`
		First      uint64      `json:"first"`
		Last       uint64      `json:"last"`
		Incomplete int         `json:"incomplete_bytes"`
		Signatures *signatures `json:"signatures"` // null without --key
	}{OK: ok, Files: r.Files, Records: r.Records, First: r.First, Last: r.Last, Incomplete: r.Incomplete}
	if broken != nil {
		out.Error = broken.Error()
	}
	if signed {
		out.Signatures = &signatures{Checkpoints: r.Checkpoints, Others: r.Others, Vouched: r.Vouched, Unvouched: []span{}}
		if !r.At.IsZero() {
			out.Signatures.At = r.At.UTC().Format(time.RFC3339)
		}
		for _, s := range r.Unvouched {
			out.Signatures.Unvouched = append(out.Signatures.Unvouched, span(s))
		}
	}
	return out
}

func newAuditKeyCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make a key that signs an audit, and print its public half",
		Long: `Prints the public half, in PEM, of the Ed25519 key in a file. If there is no file, it makes the key,
with mode 0600. The public half is also in FILE.pub.`,
		Example: "  spectap audit key audit.key",
		Args:    cli.Exactly(1, "the file of the key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := openAuditKey(cmd.Context(), p, args[0])
			if err != nil {
				return err
			}
			text, err := audit.MarshalPublic(key.Public().(ed25519.PublicKey))
			if err != nil {
				return err
			}
			return p.WriteFileOut(text)
		},
	}
}
