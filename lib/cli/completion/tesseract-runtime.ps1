# Files after @, which the block above does not know of. PowerShell wants an argument with @ quoted: '@payload.json'.
Register-ArgumentCompleter -Native -CommandName 'tesseract-runtime' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)
    if ("$WordToComplete" -match '^[''"`]?@(.*?)[''"]?$') {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($Matches[1]) | ForEach-Object {
            $Path = $_.CompletionText -replace '^[''"]|[''"]$', ''
            [System.Management.Automation.CompletionResult]::new(
                "'@$Path'", $_.ListItemText, $_.ResultType, $_.ToolTip)
        }
    } else {
        & $__tesseract_runtimeCompleterBlock $WordToComplete $CommandAst $CursorPosition
    }
}
