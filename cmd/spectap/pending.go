package main

import "github.com/spf13/cobra"

// One line for each command still to come; its own file takes the line away.
func pending(name string) *cobra.Command { return &cobra.Command{Use: name, Hidden: true} }

func newRunCmd(*program) *cobra.Command     { return pending("run") }
func newProxyCmd(*program) *cobra.Command   { return pending("proxy") }
func newImportCmd(*program) *cobra.Command  { return pending("import") }
func newFlowsCmd(*program) *cobra.Command   { return pending("flows") }
func newExportCmd(*program) *cobra.Command  { return pending("export") }
func newExplainCmd(*program) *cobra.Command { return pending("explain") }
func newCheckCmd(*program) *cobra.Command   { return pending("check") }
func newVerifyCmd(*program) *cobra.Command  { return pending("verify") }
func newMCPCmd(*program) *cobra.Command     { return pending("mcp") }
func newServeCmd(*program) *cobra.Command   { return pending("serve") }
func newCACmd(*program) *cobra.Command      { return pending("ca") }
func newDemoCmd(*program) *cobra.Command    { return pending("demo") }
