package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard"
)

// everyWrite is the value of --require-approval without one: the calls that are held.
const everyWrite = "writes"

// approvalDemand is --require-approval: the methods and tools whose calls need a person's approval.
type approvalDemand []string

func (d *approvalDemand) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar((*[]string)(d), "require-approval", nil,
		"with --approvals: send calls only when a person outside of the client approves them: --require-approval for all "+
			"that change something, --require-approval=`METHOD|TOOL` for others (repeatable)")
	f.Lookup("require-approval").NoOptDefVal = everyWrite
}

// check refuses a demand that nothing can meet. args are the arguments of the command.
func (d approvalDemand) check(cmd *cobra.Command, f *policyFlags, args []string) error {
	if len(d) > 0 && f.held == "" {
		return usagef(cmd, "--require-approval needs --approvals FILE, where spectap approvals finds the calls")
	}
	for _, a := range args {
		if slices.Contains(d, everyWrite) && isMethod(a) {
			return usagef(cmd, "%s is taken for a document: write --require-approval=%s", a, a)
		}
	}
	return nil
}

func isMethod(s string) bool {
	return slices.Contains([]string{
		http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}, strings.ToUpper(s))
}

// policy returns the calls that need an approval, nil if none does.
func (d approvalDemand) policy() *guard.Policy {
	if len(d) == 0 {
		return nil
	}
	return &guard.Policy{NoConfirmDangerous: !slices.Contains(d, everyWrite), Confirm: d.names()}
}

// names returns the methods and tools.
func (d approvalDemand) names() []string {
	return slices.DeleteFunc(slices.Clone(d), func(s string) bool { return s == everyWrite })
}

// errNoTool is the error for a flag that names a tool or method that is not there.
func errNoTool(flag, name string) error {
	return &hint{&misuse{fmt.Errorf("--%s %s: no tool or method has that name", flag, name)},
		"spectap serve SPEC --dry-run, which prints the names of tools"}
}
