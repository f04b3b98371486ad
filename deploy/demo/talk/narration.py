"""What is said to each slide. Written for the ear: numbers and abbreviations as they are spoken.

Facts: the sources named in ``../data/nq57_vi.gift``.
"""

from __future__ import annotations

SPOKEN: tuple[str, ...] = (
    "Kính thưa các đồng chí. Hôm nay, tôi xin giới thiệu những nội dung cốt lõi của Nghị quyết số năm mươi bảy của Bộ Chính trị, "
    "về đột phá phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số quốc gia.",
    "Nghị quyết được Bộ Chính trị ban hành ngày hai mươi hai tháng mười hai năm hai nghìn không trăm hai mươi bốn. "
    "Tổng Bí thư Tô Lâm thay mặt Bộ Chính trị ký ban hành.",
    "Nghị quyết xác định: phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số quốc gia "
    "là đột phá quan trọng hàng đầu, là động lực chính.",
    "Đến năm hai nghìn không trăm ba mươi, quy mô kinh tế số đạt tối thiểu ba mươi phần trăm G D P. "
    "Kinh phí chi cho nghiên cứu và phát triển đạt hai phần trăm G D P. Nước ta thuộc nhóm ba nước dẫn đầu Đông Nam Á.",
    "Tầm nhìn đến năm hai nghìn không trăm bốn mươi lăm, quy mô kinh tế số đạt tối thiểu năm mươi phần trăm G D P. "
    "Nước ta thuộc nhóm ba mươi nước dẫn đầu thế giới.",
    "Về nguồn lực, Nghị quyết yêu cầu bố trí ít nhất ba phần trăm ngân sách cho phát triển khoa học, công nghệ, "
    "và tăng dần theo yêu cầu phát triển.",
    "Nghị quyết đề ra bảy nhóm nhiệm vụ, giải pháp trọng tâm: từ đổi mới tư duy, hoàn thiện thể chế, đầu tư hạ tầng, "
    "trọng dụng nhân tài, đến chuyển đổi số trong hệ thống chính trị, trong doanh nghiệp, và hợp tác quốc tế.",
    "Đồng chí Tổng Bí thư làm Trưởng Ban Chỉ đạo Trung ương. Ngày chín tháng một năm hai nghìn không trăm hai mươi lăm, "
    "Chính phủ ban hành Nghị quyết số không ba. Ngày mười ba tháng một, Hội nghị toàn quốc được tổ chức tại phòng họp Diên Hồng. "
    "Sau chuyên đề, đề nghị các đồng chí làm bài trắc nghiệm mười hai câu. Xin trân trọng cảm ơn.",
)
