"""The partner systems that leave files and answer nobody: the bank and the legacy ERP."""
