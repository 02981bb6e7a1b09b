// Package demo has the command demo, which runs the complete workflow on a sample API. Read demo.go
// first.
package demo
